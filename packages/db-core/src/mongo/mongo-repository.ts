import type { Document } from 'mongodb'
import { ConflictError, InvalidFilterError, NotNullError, StaleVersionError, UnsupportedError } from '../errors/repository-error.ts'
import type { Filter } from '../filters/filter.ts'
import type { Repository, UpdateOptions, WriteOptions } from '../repository/repository.ts'
import type { Transaction } from '../repository/transaction.ts'
import { parseAmounts, parseCreate, parsePatch, type WriteTarget } from '../repository/write-input.ts'
import { insertAll } from './mongo-bulk.ts'
import type { CollectionDefinition, CreateOf, PatchOf, RowOf } from './mongo-collection.ts'
import {
  deletionStatement,
  incrementStatement,
  newDocument,
  restorationStatement,
  updateStatement,
  upsertStatement,
  type StoredDocument,
  type UpdateStatement,
} from './mongo-documents.ts'
import { toPath } from './mongo-filters.ts'
import { parseNarrowWhere, queryById, queryByNode, queryFor } from './mongo-query.ts'
import { MongoReader } from './mongo-reader.ts'

/** The repository contract on one collection. */
export class MongoRepository<Definition extends CollectionDefinition>
  extends MongoReader<Definition>
  implements Repository<RowOf<Definition>, string, CreateOf<Definition>, PatchOf<Definition>>
{
  async create(input: CreateOf<Definition>, options: WriteOptions = {}): Promise<RowOf<Definition>> {
    const document = this.#newDocument(input)
    await this.run((call) => this.documents.insertOne(document, { ...call, ...asGiven }), options.tx)
    return this.toRow(document)
  }

  async createMany(inputs: readonly CreateOf<Definition>[], options: WriteOptions = {}): Promise<RowOf<Definition>[]> {
    const documents = inputs.map((input) => this.#newDocument(input))
    if (documents.length > 0)
      await this.#inTransaction(options.tx, (tx) => insertAll(this.database, { definition: this.definition, documents, tx }))
    return documents.map((document) => this.toRow(document))
  }

  async update(id: string, patch: PatchOf<Definition>, options: UpdateOptions = {}): Promise<RowOf<Definition>> {
    const given = parsePatch(patch, this.#target)
    this.#requireVersioned(options.version)
    if (Object.keys(given).length === 0) return await this.#unchanged(id, options)
    const statement = updateStatement(this.definition, given, this.database.now())
    return (await this.#write(this.#versionedQuery(id, options.version), statement, options.tx)) ?? (await this.#throwLost(id, options))
  }

  async updateMany(where: Filter<RowOf<Definition>>, patch: PatchOf<Definition>, options: WriteOptions = {}): Promise<number> {
    const query = queryByNode(this.definition, parseNarrowWhere(this.definition, where))
    const given = parsePatch(patch, this.#target)
    if (Object.keys(given).length === 0) return 0
    return await this.#writeMany(query, updateStatement(this.definition, given, this.database.now()), options.tx)
  }

  async upsert(
    input: CreateOf<Definition>,
    onConflict: readonly (keyof RowOf<Definition> & string)[],
    options: WriteOptions = {},
  ): Promise<{ row: RowOf<Definition>; created: boolean }> {
    this.#requireUniqueKey(onConflict)
    const given = parseCreate(input, this.#target)
    const now = this.database.now()
    const document = newDocument(this.definition, given, now)
    const query = queryFor(this.definition, { filter: this.#sameKey(document, onConflict) })
    const changes = Object.fromEntries(
      Object.entries(given).filter(([field]) => field !== 'id' && !onConflict.some((name) => name === field)),
    )
    const statement = upsertStatement(this.definition, { document, changes, now })
    const attempt = () => this.#upsertOnce(query, statement, options.tx)
    try {
      return await attempt()
    } catch (error) {
      // Two inserts of one key met: the loser now finds the winner's row. A transaction is aborted by the duplicate, and so is not retried here.
      if (!(error instanceof ConflictError) || options.tx) throw error
      return await attempt()
    }
  }

  async increment(
    id: string,
    by: Partial<Record<keyof RowOf<Definition> & string, number>>,
    options: WriteOptions = {},
  ): Promise<RowOf<Definition>> {
    const amounts = parseAmounts(by, this.#target)
    if (Object.keys(amounts).length === 0) return await this.get(id, { tx: options.tx })
    const statement = incrementStatement(this.definition, amounts, this.database.now())
    return (await this.#write(queryById(this.definition, id), statement, options.tx)) ?? this.throwNotFound()
  }

  async delete(id: string, options: WriteOptions = {}): Promise<void> {
    const query = queryById(this.definition, id)
    if ((await this.#removeOne(query, options.tx)) === 0) this.throwNotFound()
  }

  async deleteMany(where: Filter<RowOf<Definition>>, options: WriteOptions = {}): Promise<number> {
    const query = queryByNode(this.definition, parseNarrowWhere(this.definition, where))
    return await this.#inTransaction(options.tx, (tx) => this.#removeAll(query, tx))
  }

  async restore(id: string, options: WriteOptions = {}): Promise<RowOf<Definition>> {
    if (!this.definition.traits.softDelete)
      throw new UnsupportedError(`${this.definition.name} has no deletedAt, so nothing can be restored.`, { entity: this.definition.name })
    const statement = restorationStatement(this.definition, this.database.now())
    return (await this.#write(queryById(this.definition, id, 'deleted'), statement, options.tx)) ?? this.throwNotFound()
  }

  async purge(id: string, options: WriteOptions = {}): Promise<void> {
    const query = queryById(this.definition, id, 'all')
    const { deletedCount } = await this.run((call) => this.documents.deleteOne(query, call), options.tx)
    if (deletedCount === 0) this.throwNotFound()
  }

  get #target(): WriteTarget {
    return { entity: this.definition.name, fields: this.definition.fieldNames, key: 'id' }
  }

  #newDocument(input: CreateOf<Definition>): StoredDocument {
    return newDocument(this.definition, parseCreate(input, this.#target), this.database.now())
  }

  async #write(
    query: Document,
    statement: UpdateStatement | Document[],
    tx: Transaction | undefined,
  ): Promise<RowOf<Definition> | undefined> {
    const options = { returnDocument: 'after', includeResultMetadata: false, ...asGiven } as const
    const document = await this.run((call) => this.documents.findOneAndUpdate(query, statement, { ...call, ...options }), tx)
    return document ? this.toRow(document) : undefined
  }

  /** MongoDB changes many documents one by one; in a transaction it is all or none. */
  async #writeMany(query: Document, statement: UpdateStatement, tx: Transaction | undefined): Promise<number> {
    return await this.#inTransaction(tx, async (joined) => {
      const { matchedCount } = await this.run((call) => this.documents.updateMany(query, statement, { ...call, ...asGiven }), joined)
      return matchedCount
    })
  }

  async #upsertOnce(
    query: Document,
    statement: UpdateStatement,
    tx: Transaction | undefined,
  ): Promise<{ row: RowOf<Definition>; created: boolean }> {
    const options = { upsert: true, returnDocument: 'after', includeResultMetadata: true, ...asGiven } as const
    const { value, lastErrorObject } = await this.run(
      (call) => this.documents.findOneAndUpdate(query, statement, { ...call, ...options }),
      tx,
    )
    if (!value) return this.throwNotFound()
    return { row: this.toRow(value), created: lastErrorObject?.['updatedExisting'] !== true }
  }

  /** Writes to one document are retried by the driver, writes to many are not. */
  async #removeOne(query: Document, tx: Transaction | undefined): Promise<number> {
    if (this.definition.traits.softDelete) {
      const statement = deletionStatement(this.definition, this.database.now())
      const { matchedCount } = await this.run((call) => this.documents.updateOne(query, statement, call), tx)
      return matchedCount
    }
    const { deletedCount } = await this.run((call) => this.documents.deleteOne(query, call), tx)
    return deletedCount
  }

  async #removeAll(query: Document, tx: Transaction): Promise<number> {
    if (this.definition.traits.softDelete) {
      const statement = deletionStatement(this.definition, this.database.now())
      const { matchedCount } = await this.run((call) => this.documents.updateMany(query, statement, call), tx)
      return matchedCount
    }
    const { deletedCount } = await this.run((call) => this.documents.deleteMany(query, call), tx)
    return deletedCount
  }

  async #inTransaction<Result>(tx: Transaction | undefined, work: (tx: Transaction) => Promise<Result>): Promise<Result> {
    return tx ? await work(tx) : await this.database.transaction(work)
  }

  #versionedQuery(id: string, version: number | undefined): Document {
    const query = queryById(this.definition, id)
    return version === undefined ? query : { $and: [query, { version: { $eq: version } }] }
  }

  #requireVersioned(version: number | undefined): void {
    if (version === undefined || this.definition.traits.versioned) return
    throw new UnsupportedError(`${this.definition.name} has no version to compare.`, { entity: this.definition.name })
  }

  /** A patch that says nothing changes nothing, not even the version. */
  async #unchanged(id: string, options: UpdateOptions): Promise<RowOf<Definition>> {
    const query = this.#versionedQuery(id, options.version)
    const document = await this.run((call) => this.documents.findOne(query, call), options.tx)
    return document ? this.toRow(document) : await this.#throwLost(id, options)
  }

  /** Nothing was written: is the row gone, or has it moved on? */
  async #throwLost(id: string, options: UpdateOptions): Promise<never> {
    if (options.version === undefined || !(await this.find(id, { tx: options.tx }))) return this.throwNotFound()
    throw new StaleVersionError(`The row of ${this.definition.name} has been changed since.`, {
      entity: this.definition.name,
      fields: ['version'],
    })
  }

  #requireUniqueKey(onConflict: readonly string[]): void {
    if (onConflict.length === 0 || onConflict.some((field) => !this.definition.fieldNames.has(field))) {
      throw new InvalidFilterError(`An upsert into ${this.definition.name} needs the fields of a unique key.`, {
        entity: this.definition.name,
      })
    }
    const wanted = onConflict.toSorted().join()
    const keys = [['id'], ...this.definition.indexes.filter((index) => index.unique).map((index) => index.fields)]
    if (keys.some((fields) => withoutTenant(fields).toSorted().join() === wanted)) return
    throw new UnsupportedError(`${this.definition.name} has no unique key over ${onConflict.join(', ')}.`, { entity: this.definition.name })
  }

  #sameKey(document: StoredDocument, onConflict: readonly string[]): Document {
    const conditions = onConflict.map((field) => {
      const value = document[toPath(field)]
      if (value === null || value === undefined) {
        throw new NotNullError(`A required value is missing in ${this.definition.name}.`, { entity: this.definition.name, fields: [field] })
      }
      return [toPath(field), { $eq: value }]
    })
    return Object.fromEntries(conditions)
  }
}

/** Nested fields that are undefined are left out of the document, as they are of a row. */
const asGiven = { ignoreUndefined: true } as const

function withoutTenant(fields: readonly string[]): string[] {
  return fields.filter((field) => field !== 'tenantId')
}
