import type { Document } from 'mongodb'
import { StaleVersionError, UnsupportedError } from '../errors/repository-error.ts'
import type { Filter } from '../filters/filter.ts'
import { createView } from '../relations/create-view.ts'
import type { IncludeSpec, Included, KnownIncludes, NoRelations, Relations } from '../relations/relation.ts'
import type { RepositoryOptions } from '../repository/repository-options.ts'
import type { Outcome, Reader, Repository, SeparateOptions, UpdateOptions, Upserted, WriteOptions } from '../repository/repository.ts'
import type { Transaction } from '../repository/transaction.ts'
import { parseAmounts, parsePatch, type WriteTarget } from '../repository/write-input.ts'
import type { CollectionDefinition, CreateOf, PatchOf, RowOf } from './mongo-collection.ts'
import type { MongoDatabase } from './mongo-database.ts'
import { deletionStatement, incrementStatement, restorationStatement, updateStatement, type UpdateStatement } from './mongo-documents.ts'
import { MongoInserts } from './mongo-inserts.ts'
import { parseNarrowWhere, queryById, queryFor } from './mongo-query.ts'
import { MongoReader } from './mongo-reader.ts'
import { MongoUpserts } from './mongo-upserts.ts'

/** The repository contract on one collection. */
export class MongoRepository<Definition extends CollectionDefinition, Related extends Relations = NoRelations>
  extends MongoReader<Definition, Related>
  implements Repository<RowOf<Definition>, string, CreateOf<Definition>, PatchOf<Definition>, Related>
{
  readonly #inserts: MongoInserts
  readonly #upserts: MongoUpserts

  constructor(database: MongoDatabase, definition: Definition, options: RepositoryOptions<Related, RowOf<Definition>> = {}) {
    super(database, definition, options)
    this.#inserts = new MongoInserts(database, definition, options)
    this.#upserts = new MongoUpserts(database, definition)
  }

  selecting<const Field extends keyof RowOf<Definition> & string>(
    fields: readonly Field[],
  ): Reader<RowOf<Definition>, string, Related, Pick<RowOf<Definition>, Field>> {
    return createView(this.reads, { fields })
  }

  including<const Spec extends IncludeSpec<Related>>(
    spec: Spec & KnownIncludes<Related, Spec>,
  ): Reader<RowOf<Definition>, string, Related, RowOf<Definition> & Included<Related, Spec>> {
    return createView(this.reads, { include: spec })
  }

  async create(input: CreateOf<Definition>, options: WriteOptions = {}): Promise<RowOf<Definition>> {
    return this.toRow(await this.#inserts.one(input, options.tx))
  }

  createMany(inputs: readonly CreateOf<Definition>[], options: SeparateOptions): Promise<Outcome<RowOf<Definition>>[]>
  createMany(inputs: readonly CreateOf<Definition>[], options?: WriteOptions): Promise<RowOf<Definition>[]>
  async createMany(
    inputs: readonly CreateOf<Definition>[],
    options: WriteOptions | SeparateOptions = {},
  ): Promise<RowOf<Definition>[] | Outcome<RowOf<Definition>>[]> {
    if (!('atomic' in options) || options.atomic !== false)
      return (await this.#inserts.all(inputs, options.tx)).map((document) => this.toRow(document))
    const outcomes = await this.#inserts.each(inputs, options.tx)
    return outcomes.map(({ document, error }) => (error ? { error } : { row: this.toRow(document) }))
  }

  async update(id: string, patch: PatchOf<Definition>, options: UpdateOptions = {}): Promise<RowOf<Definition>> {
    const given = parsePatch(patch, this.#target)
    this.#requireVersioned(options.version)
    if (Object.keys(given).length === 0) return await this.#unchanged(id, options)
    const statement = updateStatement(this.definition, given, this.database.now())
    return (await this.#write(this.#versionedQuery(id, options.version), statement, options.tx)) ?? (await this.#throwLost(id, options))
  }

  async updateMany(where: Filter<RowOf<Definition>, Related>, patch: PatchOf<Definition>, options: WriteOptions = {}): Promise<number> {
    const node = parseNarrowWhere(this.entity, where)
    const given = parsePatch(patch, this.#target)
    // Where nothing is to be changed, the call still has to belong to a tenant.
    queryFor(this.definition, {})
    if (Object.keys(given).length === 0) return 0
    const statement = updateStatement(this.definition, given, this.database.now())
    return await this.#inTransaction(options.tx, async (tx) => await this.#writeMany(await this.reads.query(node, { tx }), statement, tx))
  }

  async upsert(
    input: CreateOf<Definition>,
    onConflict: readonly (keyof RowOf<Definition> & string)[],
    options: WriteOptions = {},
  ): Promise<Upserted<RowOf<Definition>>> {
    const { document, created } = await this.#upserts.one(input, onConflict, options.tx)
    return { row: this.toRow(document), created }
  }

  async upsertMany(
    inputs: readonly CreateOf<Definition>[],
    onConflict: readonly (keyof RowOf<Definition> & string)[],
    options: WriteOptions = {},
  ): Promise<Upserted<RowOf<Definition>>[]> {
    const answers = await this.#upserts.all(inputs, onConflict, options.tx)
    return answers.map(({ document, created }) => ({ row: this.toRow(document), created }))
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

  async deleteMany(where: Filter<RowOf<Definition>, Related>, options: WriteOptions = {}): Promise<number> {
    const node = parseNarrowWhere(this.entity, where)
    return await this.#inTransaction(options.tx, async (tx) => await this.#removeAll(await this.reads.query(node, { tx }), tx))
  }

  async softDelete(id: string, options: WriteOptions = {}): Promise<void> {
    this.#requireSoftDelete()
    await this.delete(id, options)
  }

  async restore(id: string, options: WriteOptions = {}): Promise<RowOf<Definition>> {
    this.#requireSoftDelete()
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
  async #writeMany(query: Document, statement: UpdateStatement, tx: Transaction): Promise<number> {
    const { matchedCount } = await this.run((call) => this.documents.updateMany(query, statement, { ...call, ...asGiven }), tx)
    return matchedCount
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

  #requireSoftDelete(): void {
    if (this.definition.traits.softDelete) return
    throw new UnsupportedError(`${this.definition.name} has no deletedAt.`, { entity: this.definition.name })
  }
}

/** Nested fields that are undefined are left out of the document, as they are of a row. */
const asGiven = { ignoreUndefined: true } as const
