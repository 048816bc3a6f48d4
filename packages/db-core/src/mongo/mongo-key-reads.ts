import { BSON, type Collection, type Document } from 'mongodb'
import { ReadJoiner } from '../batching/read-joiner.ts'
import type { Projection } from '../relations/view-source.ts'
import type { ReadOptions, Scope } from '../repository/repository.ts'
import type { Transaction } from '../repository/transaction.ts'
import { requireNoTransaction } from '../repository/unit-of-work.ts'
import type { CollectionDefinition } from './mongo-collection.ts'
import type { MongoDatabase } from './mongo-database.ts'
import type { StoredDocument } from './mongo-documents.ts'
import { allOf, scopeConditions } from './mongo-query.ts'
import { projectionOf } from './mongo-rows.ts'

/** What the documents of one query have in common besides their keys. */
interface Shape {
  readonly group: string
  readonly conditions: readonly Document[]
  readonly fields: readonly string[] | undefined
}

const keysPerQuery = 1000

/** Documents by their keys. Calls outside transactions that meet share a query; one that is alone costs what findOne costs. */
export class MongoKeyReads {
  readonly #database: MongoDatabase
  readonly #definition: CollectionDefinition
  readonly #documents: Collection<StoredDocument>
  readonly #joiner: ReadJoiner<SharedDocument> | undefined
  readonly #shapes = new Map<Scope, Shape>()

  constructor(
    database: MongoDatabase,
    definition: CollectionDefinition,
    { joinReads = true }: { readonly joinReads?: boolean | undefined },
  ) {
    this.#database = database
    this.#definition = definition
    this.#documents = database.driver.collection<StoredDocument>(definition.name)
    this.#joiner = joinReads ? new ReadJoiner({ maxWaitMs: database.maxWaitMs }) : undefined
  }

  /** By canonical keys. The answer may hold further documents, which other calls asked for. @throws InvalidValueError without a tenant */
  async read(
    keys: readonly string[],
    { tx, scope = 'live', fields }: ReadOptions & Projection,
  ): Promise<ReadonlyMap<string, SharedDocument>> {
    const shape = this.#shape(scope, fields)
    if (tx || !this.#joiner) return await this.#fetch(keys, shape, tx)
    // A call that is to be refused must be so by itself, not with the batch that it would join.
    requireNoTransaction(this.#database)
    return await this.#joiner.read(shape.group, keys, (joined) => this.#fetch(joined, shape))
  }

  #shape(scope: Scope, fields: readonly string[] | undefined): Shape {
    const fixed = fields === undefined && !this.#definition.traits.tenant
    const known = fixed ? this.#shapes.get(scope) : undefined
    if (known) return known
    const conditions = scopeConditions(this.#definition, scope)
    const shape = { group: JSON.stringify([conditions, fields]), conditions, fields }
    if (fixed) this.#shapes.set(scope, shape)
    return shape
  }

  async #fetch(keys: readonly string[], shape: Shape, tx?: Transaction): Promise<Map<string, SharedDocument>> {
    const found = new Map<string, SharedDocument>()
    for (let from = 0; from < keys.length; from += keysPerQuery) {
      await this.#fetchChunk(keys.slice(from, from + keysPerQuery), { shape, found, tx })
    }
    return found
  }

  async #fetchChunk(
    keys: readonly string[],
    to: { shape: Shape; found: Map<string, SharedDocument>; tx: Transaction | undefined },
  ): Promise<void> {
    const { name, key } = this.#definition
    const { conditions, fields } = to.shape
    const [first, ...others] = keys.map((id) => key.encode(id, name))
    const alone = others.length === 0
    const query = allOf([{ _id: alone ? first : { $in: [first, ...others] } }, ...conditions])
    const size = alone ? { limit: 1, singleBatch: true } : { batchSize: keys.length + 1 }
    const projection = fields && { projection: projectionOf(fields) }
    const documents = await this.#database.run(
      (call) => this.#documents.find(query, { ...call, ...size, ...projection, raw: true }).toArray(),
      { tx: to.tx, entity: name, reads: true },
    )
    for (const bytes of documents) this.#add(bytes, to.found)
  }

  #add(bytes: unknown, found: Map<string, SharedDocument>): void {
    if (!(bytes instanceof Uint8Array)) throw new TypeError('The driver was asked for raw documents.')
    const document = new SharedDocument(bytes)
    found.set(this.#definition.key.decode(document.key), document)
  }
}

/** A document that several calls may have asked for: each takes one of its own. */
export class SharedDocument {
  readonly key: unknown
  readonly #bytes: Uint8Array
  #untaken: Document | undefined

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#untaken = BSON.deserialize(bytes)
    this.key = this.#untaken['_id']
  }

  take(): Document {
    const document = this.#untaken ?? BSON.deserialize(this.#bytes)
    this.#untaken = undefined
    return document
  }
}
