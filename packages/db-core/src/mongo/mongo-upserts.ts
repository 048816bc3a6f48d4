import { BSON, type Collection, type Document } from 'mongodb'
import {
  ConflictError,
  InvalidFilterError,
  InvalidValueError,
  NotFoundError,
  NotNullError,
  UnsupportedError,
} from '../errors/repository-error.ts'
import { slugField, withFreeSlug } from '../mixins/slug.ts'
import { tenantField } from '../mixins/traits.ts'
import type { Transaction } from '../repository/transaction.ts'
import { parseCreate, type WriteTarget } from '../repository/write-input.ts'
import { chunksOf, upsertAll } from './mongo-bulk.ts'
import type { CollectionDefinition } from './mongo-collection.ts'
import type { MongoDatabase } from './mongo-database.ts'
import { creationStamps, newDocument, upsertStatement, type StoredDocument, type UpdateStatement } from './mongo-documents.ts'
import { toPath } from './mongo-filters.ts'
import { allOf, queryFor } from './mongo-query.ts'
import { assignFreeSlugs, slugSource } from './mongo-slugs.ts'

/** What an upsert stored or found. */
export interface UpsertedDocument {
  readonly document: Document
  readonly created: boolean
}

interface Draft {
  readonly document: StoredDocument
  /** The given fields that are no part of the key: what an update changes. */
  readonly changes: Readonly<Record<string, unknown>>
  readonly key: Document
  readonly keyText: string
}

/** Inserts that become updates where the key exists. */
export class MongoUpserts {
  readonly database: MongoDatabase
  readonly definition: CollectionDefinition
  readonly documents: Collection<StoredDocument>
  readonly #target: WriteTarget

  constructor(database: MongoDatabase, definition: CollectionDefinition) {
    this.database = database
    this.definition = definition
    this.documents = database.driver.collection<StoredDocument>(definition.name)
    this.#target = { entity: definition.name, fields: definition.fieldNames, key: 'id' }
  }

  async one(input: unknown, onConflict: readonly string[], tx: Transaction | undefined): Promise<UpsertedDocument> {
    this.#requireUniqueKey(onConflict)
    const draft = this.#draft(input, onConflict, this.#stamps())
    const source = slugSource(this.definition, draft.document)
    if (source === undefined) return await this.#one(draft, tx)
    if (!tx) return await withFreeSlug(source, (slug) => this.#one({ ...draft, document: { ...draft.document, [slugField]: slug } }, tx))
    await assignFreeSlugs(this, [draft.document], tx)
    return await this.#one(draft, tx)
  }

  /** All or none, in input order. @throws InvalidValueError when two inputs have the same key */
  async all(inputs: readonly unknown[], onConflict: readonly string[], tx: Transaction | undefined): Promise<UpsertedDocument[]> {
    this.#requireUniqueKey(onConflict)
    const stamps = this.#stamps()
    const drafts = inputs.map((input) => this.#draft(input, onConflict, stamps))
    this.#requireDistinct(drafts, onConflict)
    if (drafts.length === 0) return []
    if (tx) return await this.#all(drafts, onConflict, tx)
    return await againAfterConflict(() => this.database.transaction((own) => this.#all(drafts, onConflict, own)))
  }

  async #one(draft: Draft, tx: Transaction | undefined): Promise<UpsertedDocument> {
    const query = queryFor(this.definition, { filter: draft.key })
    const statement = this.#statement(draft)
    const attempt = () => this.#send(query, statement, tx)
    // A transaction is ended by the duplicate, so there the caller has to begin again.
    return tx ? await attempt() : await againAfterConflict(attempt)
  }

  async #send(query: Document, statement: UpdateStatement, tx: Transaction | undefined): Promise<UpsertedDocument> {
    const options = { upsert: true, returnDocument: 'after', includeResultMetadata: true, ignoreUndefined: true } as const
    const { value, lastErrorObject } = await this.database.run(
      (call) => this.documents.findOneAndUpdate(query, statement, { ...call, ...options }),
      { tx, entity: this.definition.name },
    )
    return { document: this.#found(value), created: lastErrorObject?.['updatedExisting'] !== true }
  }

  /** In the order of keys, so that two calls that meet wait for each other in one direction only. */
  async #all(given: readonly Draft[], onConflict: readonly string[], tx: Transaction): Promise<UpsertedDocument[]> {
    const drafts = given.map((draft) => ({ ...draft, document: { ...draft.document } }))
    await assignFreeSlugs(
      this,
      drafts.map(({ document }) => document),
      tx,
    )
    const sorted = drafts.toSorted((one, other) => (one.keyText < other.keyText ? -1 : 1))
    const upserts = sorted.map((draft) => ({ query: queryFor(this.definition, { filter: draft.key }), statement: this.#statement(draft) }))
    const places = await upsertAll(this.database, { definition: this.definition, upserts, tx })
    const created = new Set(sorted.filter((_, place) => places.has(place)).map(({ keyText }) => keyText))
    const stored = await this.#read(sorted, onConflict, tx)
    return drafts.map(({ keyText }) => ({ document: this.#found(stored.get(keyText)), created: created.has(keyText) }))
  }

  /** The rows of these keys, by the text of their keys. */
  async #read(drafts: readonly Draft[], onConflict: readonly string[], tx: Transaction): Promise<Map<string, Document>> {
    const found = new Map<string, Document>()
    for (const chunk of chunksOf(drafts.map(({ key }) => key))) {
      const query = queryFor(this.definition, { filter: anyOf(chunk) })
      const documents = await this.database.run((call) => this.documents.find(query, { ...call, batchSize: chunk.length + 1 }).toArray(), {
        tx,
        entity: this.definition.name,
        reads: true,
      })
      for (const document of documents) found.set(keyTextOf(document, onConflict), document)
    }
    return found
  }

  #stamps(): Document {
    return creationStamps(this.definition, this.database.now())
  }

  #draft(input: unknown, onConflict: readonly string[], stamps: Document): Draft {
    const given = parseCreate(input, this.#target)
    const document = newDocument(this.definition, given, stamps)
    const changes = Object.fromEntries(Object.entries(given).filter(([field]) => field !== 'id' && !onConflict.includes(field)))
    return { document, changes, key: this.#sameKey(document, onConflict), keyText: keyTextOf(document, onConflict) }
  }

  #statement({ document, changes }: Draft): UpdateStatement {
    return upsertStatement(this.definition, { document, changes, now: this.database.now() })
  }

  #found(document: Document | null | undefined): Document {
    if (document) return document
    throw new NotFoundError(`There is no such row in ${this.definition.name}.`, { entity: this.definition.name })
  }

  #requireUniqueKey(onConflict: readonly string[]): void {
    const { name, fieldNames, indexes } = this.definition
    if (onConflict.length === 0 || onConflict.some((field) => !fieldNames.has(field))) {
      throw new InvalidFilterError(`An upsert into ${name} needs the fields of a unique key.`, { entity: name })
    }
    const wanted = onConflict.toSorted().join()
    const keys = [['id'], ...indexes.filter((index) => index.unique).map((index) => index.fields)]
    if (keys.some((fields) => withoutTenant(fields).toSorted().join() === wanted)) return
    throw new UnsupportedError(`${name} has no unique key over ${onConflict.join(', ')}.`, { entity: name })
  }

  #requireDistinct(drafts: readonly Draft[], onConflict: readonly string[]): void {
    if (new Set(drafts.map(({ keyText }) => keyText)).size === drafts.length) return
    throw new InvalidValueError(`Two rows of ${this.definition.name} have the same ${onConflict.join(', ')}.`, {
      entity: this.definition.name,
      fields: onConflict,
    })
  }

  #sameKey(document: StoredDocument, onConflict: readonly string[]): Document {
    const { name } = this.definition
    const conditions = onConflict.map((field) => {
      const value = document[toPath(field)]
      if (value !== null && value !== undefined) return { [toPath(field)]: { $eq: value } }
      throw new NotNullError(`A required value is missing in ${name}.`, { entity: name, fields: [field] })
    })
    return allOf(conditions)
  }
}

/** Two inserts of one key met: the loser now finds the winner's row. */
async function againAfterConflict<Result>(attempt: () => Promise<Result>): Promise<Result> {
  try {
    return await attempt()
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error
    return await attempt()
  }
}

/** One list where all keys are of one field, which the server reads faster. */
function anyOf(keys: readonly Document[]): Document {
  const [field, ...others] = Object.keys(keys[0] ?? {})
  if (field === undefined || others.length > 0) return { $or: keys }
  return { [field]: { $in: keys.map((key) => key[field].$eq) } }
}

/** Values that the database takes for equal have one text, whatever their types in this process. */
function keyTextOf(document: Document, fields: readonly string[]): string {
  return BSON.EJSON.stringify(fields.map((field) => document[toPath(field)]))
}

function withoutTenant(fields: readonly string[]): string[] {
  return fields.filter((field) => field !== tenantField)
}
