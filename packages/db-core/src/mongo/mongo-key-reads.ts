import { BSON, type Collection, type Document, type FindOptions } from 'mongodb'
import { ReadJoiner } from '../batching/read-joiner.ts'
import type { Projection } from '../relations/view-source.ts'
import type { ReadOptions, Scope } from '../repository/repository.ts'
import type { Transaction } from '../repository/transaction.ts'
import { requireNoTransaction } from '../repository/unit-of-work.ts'
import type { CollectionDefinition } from './mongo-collection.ts'
import type { CallOptions, MongoDatabase } from './mongo-database.ts'
import type { Key } from './mongo-keys.ts'
import { allOf, scopeConditions } from './mongo-query.ts'
import { projectionOf } from './mongo-rows.ts'

/** What the documents of one query have in common besides their keys. */
interface Shape {
  readonly group: string
  readonly conditions: readonly Document[]
  readonly options: FindOptions
}

const keysPerQuery = 1000

/** Documents by their keys. Calls outside transactions that meet share a query; one that is alone costs what findOne costs. */
export class MongoKeyReads {
  readonly #database: MongoDatabase
  readonly #definition: CollectionDefinition
  readonly #documents: Collection
  readonly #joiner: ReadJoiner<SharedDocument> | undefined
  readonly #shapes = new Map<Scope, Shape>()

  constructor(
    database: MongoDatabase,
    definition: CollectionDefinition,
    { joinReads = true }: { readonly joinReads?: boolean | undefined },
  ) {
    this.#database = database
    this.#definition = definition
    this.#documents = database.readingDriver.collection(definition.name)
    this.#joiner = joinReads ? new ReadJoiner({ maxWaitMs: database.maxWaitMs }) : undefined
  }

  /** By canonical keys. The answer may hold further documents, which other calls asked for. @throws InvalidValueError without a tenant */
  read(keys: readonly string[], { tx, scope = 'live', fields }: ReadOptions & Projection): Promise<ReadonlyMap<string, SharedDocument>> {
    const shape = this.#shape(scope, fields)
    if (tx || !this.#joiner) return this.#fetch(keys, shape, tx)
    // A call that is to be refused must be so by itself, not with the batch that it would join.
    requireNoTransaction(this.#database)
    return this.#joiner.read(shape.group, keys, (joined) => this.#fetch(joined, shape))
  }

  #shape(scope: Scope, fields: readonly string[] | undefined): Shape {
    const fixed = fields === undefined && !this.#definition.traits.tenant
    const known = fixed ? this.#shapes.get(scope) : undefined
    if (known) return known
    const conditions = scopeConditions(this.#definition, scope)
    const options: FindOptions = { raw: true, ...(fields && { projection: projectionOf(fields) }) }
    const shape = { group: JSON.stringify([conditions, fields]), conditions, options }
    if (fixed) this.#shapes.set(scope, shape)
    return shape
  }

  #fetch(keys: readonly string[], shape: Shape, tx?: Transaction): Promise<Map<string, SharedDocument>> {
    const [first] = keys
    return first !== undefined && keys.length === 1 ? this.#fetchOne(first, shape, tx) : this.#fetchAll(keys, shape, tx)
  }

  /** The commonest read of all, and so without anything that one key does not need: a cursor with one document closes itself. */
  async #fetchOne(id: string, shape: Shape, tx: Transaction | undefined): Promise<Map<string, SharedDocument>> {
    const query = this.#query(this.#definition.key.encode(id, this.#definition.name), shape)
    const bytes = await this.#run((call) => this.#documents.find(query, { ...call, ...shape.options, limit: 1 }).next(), tx)
    return new Map(bytes === null ? [] : [[id, new SharedDocument(bytes)]])
  }

  async #fetchAll(keys: readonly string[], shape: Shape, tx: Transaction | undefined): Promise<Map<string, SharedDocument>> {
    const { name, key } = this.#definition
    const found = new Map<string, SharedDocument>()
    for (let from = 0; from < keys.length; from += keysPerQuery) {
      const chunk = keys.slice(from, from + keysPerQuery).map((id) => key.encode(id, name))
      const query = this.#query({ $in: chunk }, shape)
      const size = { ...shape.options, batchSize: chunk.length + 1 }
      for (const bytes of await this.#run((call) => this.#documents.find(query, { ...call, ...size }).toArray(), tx)) {
        const document = new SharedDocument(bytes)
        found.set(key.decode(document.key), document)
      }
    }
    return found
  }

  #query(key: Key | Document, { conditions }: Shape): Document {
    return conditions.length === 0 ? { _id: key } : allOf([{ _id: key }, ...conditions])
  }

  #run<Result>(call: (options: CallOptions) => Promise<Result>, tx: Transaction | undefined): Promise<Result> {
    return this.#database.run(call, { tx, entity: this.#definition.name, reads: true })
  }
}

/** A document as it came, which several calls may have asked for: each takes a copy of its own. */
export class SharedDocument {
  readonly #bytes: Uint8Array
  #first: Document | undefined

  constructor(bytes: unknown) {
    if (!(bytes instanceof Uint8Array)) throw new TypeError('The driver was asked for raw documents.')
    this.#bytes = bytes
  }

  get key(): unknown {
    this.#first ??= BSON.deserialize(this.#bytes)
    return this.#first['_id']
  }

  take(): Document {
    const document = this.#first ?? BSON.deserialize(this.#bytes)
    this.#first = undefined
    return document
  }
}
