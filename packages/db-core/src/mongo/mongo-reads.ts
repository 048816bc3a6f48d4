import type { Collection, Document } from 'mongodb'
import { MultipleResultsError, NotFoundError, UnsupportedError } from '../errors/repository-error.ts'
import type { Filter } from '../filters/filter.ts'
import type { FilterNode } from '../filters/parse-filter.ts'
import { reverseSort, type ResolvedSortKey } from '../filters/parse-sort.ts'
import type { EntityShape } from '../mixins/traits.ts'
import type { CursorPage, OffsetPage } from '../pages/page.ts'
import { pageAt, parseLimit, parseOffset } from '../pages/parse-limit.ts'
import type { Relations } from '../relations/relation.ts'
import { hasExists, resolveExists } from '../relations/resolve-exists.ts'
import type { Projection, ViewSource } from '../relations/view-source.ts'
import { abortable } from '../repository/abort.ts'
import type { RepositoryOptions } from '../repository/repository-options.ts'
import type { ListQuery, LockOptions, PageQuery, ReadOptions, SeekQuery, StreamOptions } from '../repository/repository.ts'
import type { CollectionDefinition, RowOf } from './mongo-collection.ts'
import type { CallOptions, MongoDatabase } from './mongo-database.ts'
import type { StoredDocument } from './mongo-documents.ts'
import { entityOf } from './mongo-entity.ts'
import { compileFilter } from './mongo-filters.ts'
import { MongoKeyReads } from './mongo-key-reads.ts'
import { allOf, compileOrder, parseOrder, parseWhere, queryFor } from './mongo-query.ts'
import { projectionOf, rowReader, type RowReader } from './mongo-rows.ts'
import { textPrefilter } from './mongo-search.ts'
import { compileSeek, cursorSeal, linksOf } from './mongo-seek.ts'

interface Selection {
  readonly query: Document
  readonly keys: readonly ResolvedSortKey[]
  readonly limit?: number
  readonly skip?: number
  readonly fields?: readonly string[] | undefined
}

const streamBatch = 500

/** All reads of one collection; MongoReader is its public face. With `fields` only these are read, and rows lack the others. */
export class MongoReads<Definition extends CollectionDefinition, Related extends Relations> implements ViewSource<
  RowOf<Definition>,
  string,
  Related
> {
  readonly entity: EntityShape
  readonly #database: MongoDatabase
  readonly #definition: Definition
  readonly #documents: Collection<StoredDocument>
  readonly #byKey: MongoKeyReads
  readonly #readWhole: RowReader

  constructor(database: MongoDatabase, definition: Definition, options: RepositoryOptions<Related, RowOf<Definition>>) {
    const { relations, searchFields } = options
    this.entity = entityOf(definition, { relations, searchFields })
    this.#database = database
    this.#definition = definition
    this.#documents = database.readingDriver.collection<StoredDocument>(definition.name)
    this.#byKey = new MongoKeyReads(database, definition, options)
    this.#readWhole = rowReader(definition)
  }

  async find(id: string, options: LockOptions & Projection = {}): Promise<RowOf<Definition> | undefined> {
    this.#refuseLock(options)
    const key = this.#definition.key.canonical(id, this.entity.name)
    const found = await this.#abortable(options, () => this.#byKey.read([key], options))
    const document = found.get(key)
    return document && this.toRow(document.take(), options.fields)
  }

  async get(id: string, options: LockOptions & Projection = {}): Promise<RowOf<Definition>> {
    return (await this.find(id, options)) ?? this.throwNotFound()
  }

  async findOne(where: Filter<RowOf<Definition>, Related>, options: LockOptions & Projection = {}): Promise<RowOf<Definition> | undefined> {
    const [first, second] = await this.list({ where, limit: 2 }, options)
    if (second) throw new MultipleResultsError(`More than one row of ${this.entity.name} matches.`, { entity: this.entity.name })
    return first
  }

  async getOne(where: Filter<RowOf<Definition>, Related>, options: LockOptions & Projection = {}): Promise<RowOf<Definition>> {
    return (await this.findOne(where, options)) ?? this.throwNotFound()
  }

  async getMany(ids: readonly string[], options: LockOptions & Projection = {}): Promise<RowOf<Definition>[]> {
    this.#refuseLock(options)
    const keys = [...new Set(ids.map((id) => this.#definition.key.canonical(id, this.entity.name)))]
    if (keys.length === 0) return []
    const found = await this.#abortable(options, () => this.#byKey.read(keys, options))
    const read = this.#reader(options.fields)
    const documents = keys.map((key) => found.get(key)).filter((document) => document !== undefined)
    return documents.map((document) => this.#typed(read(document.take())))
  }

  async list(query: ListQuery<RowOf<Definition>, Related> = {}, options: LockOptions & Projection = {}): Promise<RowOf<Definition>[]> {
    this.#refuseLock(options)
    const keys = parseOrder(this.#definition, query.orderBy)
    const limit = parseLimit(query.limit, this.entity.name)
    const node = parseWhere(this.entity, query.where)
    return await this.#abortable(options, async () => {
      return await this.#select({ query: await this.query(node, options), keys, limit, fields: options.fields }, options)
    })
  }

  async page(
    query: PageQuery<RowOf<Definition>, Related> = {},
    options: ReadOptions & Projection = {},
  ): Promise<OffsetPage<RowOf<Definition>>> {
    const limit = parseLimit(query.limit, this.entity.name)
    const skip = parseOffset(query, limit, this.entity.name)
    const keys = parseOrder(this.#definition, query.orderBy)
    const node = parseWhere(this.entity, query.where)
    return await this.#abortable(options, async () => {
      const selection = { query: await this.query(node, options), keys, limit, skip, fields: options.fields }
      const [total, items] = await Promise.all([this.#count(selection.query, options), this.#select(selection, options)])
      return { items, total, page: pageAt(skip, limit), limit, totalPages: Math.ceil(total / limit) }
    })
  }

  async seek(
    query: SeekQuery<RowOf<Definition>, Related> = {},
    options: ReadOptions & Projection = {},
  ): Promise<CursorPage<RowOf<Definition>>> {
    const limit = parseLimit(query.limit, this.entity.name)
    const keys = parseOrder(this.#definition, query.orderBy)
    const node = parseWhere(this.entity, query.where)
    const seal = cursorSeal(this.#database.cursorSecret, this.#definition, { keys, node, scope: options.scope ?? 'live' })
    const at = query.cursor === undefined ? undefined : seal.open(query.cursor)
    const backward = at?.direction === 'previous'
    const order = backward ? reverseSort(keys) : keys
    const { values = [], inclusive = false, parted = false } = at ?? {}
    const behind = at ? compileSeek(this.#definition, { keys: order, values, inclusive, parted }) : {}
    const found = await this.#abortable(options, async () => {
      const filter = allOf([await this.query(node, options), behind])
      // The values of a cursor come from its row, so the fields of the order are read as well.
      const fields = options.fields && [...options.fields, ...keys.map(({ field }) => field)]
      return await this.#select({ query: filter, keys: order, limit: limit + 1, fields }, options)
    })
    const kept = found.slice(0, limit)
    const rows = backward ? kept.toReversed() : kept
    const links = linksOf({ rows, at, further: found.length > limit, keys, entity: this.entity.name, seal })
    return { items: options.fields ? rows.map((row) => this.#only(row, options.fields ?? [])) : rows, ...links }
  }

  async count(where?: Filter<RowOf<Definition>, Related>, options: ReadOptions = {}): Promise<number> {
    const node = parseWhere(this.entity, where)
    return await this.#abortable(options, async () => await this.#count(await this.query(node, options), options))
  }

  async exists(where: Filter<RowOf<Definition>, Related>, options: ReadOptions = {}): Promise<boolean> {
    const node = parseWhere(this.entity, where)
    return await this.#abortable(options, async () => {
      const query = await this.query(node, options)
      return (await this.#run((call) => this.#documents.findOne(query, { ...call, projection: { _id: 1 } }), options)) !== null
    })
  }

  async *stream(
    query: Omit<ListQuery<RowOf<Definition>, Related>, 'limit'> = {},
    options: StreamOptions & Projection = {},
  ): AsyncGenerator<RowOf<Definition>> {
    const { signal, fields, batch = streamBatch } = options
    const keys = parseOrder(this.#definition, query.orderBy)
    const node = parseWhere(this.entity, query.where)
    const read = this.#reader(fields)
    const filter = await this.#abortable(options, () => this.query(node, options))
    // The time of a cursor adds up over its batches, so the server is given no limit, and each batch has its own here.
    const cursor = await this.#run(
      async ({ session }) => this.#open({ query: filter, keys, fields }, { batchSize: batch, ...(session && { session }) }),
      options,
    )
    try {
      while (await this.#abortable(options, () => this.#run(() => cursor.hasNext(), options))) {
        for (const document of cursor.readBufferedDocuments()) {
          yield this.#typed(read(document))
          signal?.throwIfAborted()
        }
      }
    } finally {
      const closed = this.#run(() => cursor.close(), options).catch(() => {})
      if (!signal?.aborted) await closed
    }
  }

  /** The query of a filter; related rows that it asks for are looked up first, in the same transaction. @throws InvalidValueError without a tenant */
  async query(node: FilterNode, { tx, signal, scope }: ReadOptions): Promise<Document> {
    const conditions = queryFor(this.#definition, { scope })
    const resolved = hasExists(node) ? await resolveExists(node, this.entity, { tx, ...(signal && { signal }) }) : node
    return this.#joined(conditions, resolved)
  }

  toRow(document: Document, fields?: readonly string[]): RowOf<Definition> {
    return this.#typed(this.#reader(fields)(document))
  }

  throwNotFound(): never {
    throw new NotFoundError(`There is no such row in ${this.entity.name}.`, { entity: this.entity.name })
  }

  #joined(conditions: Document, node: FilterNode): Document {
    const { searchFields = [] } = this.entity
    const prefilter = textPrefilter(node, { definition: this.#definition, searchFields })
    return allOf([conditions, compileFilter(node, this.#definition, searchFields), ...(prefilter ? [prefilter] : [])])
  }

  #reader(fields: readonly string[] | undefined): RowReader {
    return fields === undefined ? this.#readWhole : rowReader(this.#definition, fields)
  }

  #only(row: RowOf<Definition>, fields: readonly string[]): RowOf<Definition> {
    return this.#typed(Object.fromEntries(Object.entries(row).filter(([field]) => field === 'id' || fields.includes(field))))
  }

  #typed(row: Readonly<Record<string, unknown>>): RowOf<Definition> {
    // oxlint-disable-next-line typescript/consistent-type-assertions -- the one place where a document gets its type, which the server enforces
    return row as RowOf<Definition>
  }

  #refuseLock({ lock, onLocked }: LockOptions): void {
    if (lock === undefined && onLocked === undefined) return
    throw new UnsupportedError(`MongoDB has no locks on rows of ${this.entity.name}; write conflicts take their place.`, {
      entity: this.entity.name,
    })
  }

  #abortable<Result>({ signal }: ReadOptions, work: () => Promise<Result>): Promise<Result> {
    return signal ? abortable(signal, work) : work()
  }

  #run<Result>(call: (options: CallOptions) => Promise<Result>, { tx }: ReadOptions): Promise<Result> {
    return this.#database.run(call, { tx, entity: this.entity.name, reads: true })
  }

  async #count(query: Document, options: ReadOptions): Promise<number> {
    return await this.#run((call) => this.#documents.countDocuments(query, call), options)
  }

  async #select(selection: Selection & { limit: number }, options: ReadOptions): Promise<RowOf<Definition>[]> {
    const { limit, fields } = selection
    const documents = await this.#run((call) => this.#open(selection, { ...call, batchSize: limit + 1 }).toArray(), options)
    const read = this.#reader(fields)
    return documents.map((document) => this.#typed(read(document)))
  }

  #open({ query, keys, limit, skip = 0, fields }: Selection, options: Partial<CallOptions> & { batchSize: number }) {
    const { sort, ranks } = compileOrder(this.#definition, keys)
    const computed = Object.keys(ranks)
    const projection = fields && projectionOf(fields)
    if (computed.length === 0) {
      const cut = { sort, skip, ...(limit !== undefined && { limit }), ...(projection && { projection }) }
      return this.#documents.find(query, { ...options, ...cut })
    }
    const cut = [...(skip > 0 ? [{ $skip: skip }] : []), ...(limit === undefined ? [] : [{ $limit: limit }])]
    const shown = projection ? { $project: projection } : { $unset: computed }
    const stages = [{ $match: query }, { $set: ranks }, { $sort: sort }, ...cut, shown]
    return this.#documents.aggregate<StoredDocument>(stages, options)
  }
}
