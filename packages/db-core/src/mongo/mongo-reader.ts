import type { Collection, Document } from 'mongodb'
import { MultipleResultsError, NotFoundError, UnsupportedError } from '../errors/repository-error.ts'
import type { Filter } from '../filters/filter.ts'
import { reverseSort, type ResolvedSortKey } from '../filters/parse-sort.ts'
import { visibleTenant } from '../mixins/tenant.ts'
import { cursorBinding, decodeCursor, encodeCursor, type CursorValue } from '../pages/cursor.ts'
import type { CursorPage, OffsetPage } from '../pages/page.ts'
import { parseLimit, parsePage } from '../pages/parse-limit.ts'
import type { ListQuery, PageQuery, ReadOptions, SeekQuery } from '../repository/repository.ts'
import type { Transaction } from '../repository/transaction.ts'
import type { CollectionDefinition, RowOf } from './mongo-collection.ts'
import type { CallOptions, MongoDatabase } from './mongo-database.ts'
import { readRow, type StoredDocument } from './mongo-documents.ts'
import { compileFilter } from './mongo-filters.ts'
import { compileOrder, parseOrder, parseWhere, queryById, queryByNode, queryFor } from './mongo-query.ts'
import { compileSeek, positionOf } from './mongo-seek.ts'

interface Selection {
  readonly query: Document
  readonly keys: readonly ResolvedSortKey[]
  readonly limit: number
  readonly skip?: number
}

const streamBatch = 500
const idsPerQuery = 1000

/** The reading half of a repository; MongoRepository is the whole. */
export class MongoReader<Definition extends CollectionDefinition> {
  readonly database: MongoDatabase
  readonly definition: Definition
  /** Documents as they are stored, for queries of your own; run them by `run`. */
  protected readonly documents: Collection<StoredDocument>

  constructor(database: MongoDatabase, definition: Definition) {
    this.database = database
    this.definition = definition
    this.documents = database.driver.collection<StoredDocument>(definition.name)
  }

  async find(id: string, options: ReadOptions = {}): Promise<RowOf<Definition> | undefined> {
    const query = queryById(this.definition, id, options.scope)
    const document = await this.run((call) => this.documents.findOne(query, call), options.tx)
    return document ? this.toRow(document) : undefined
  }

  async get(id: string, options: ReadOptions = {}): Promise<RowOf<Definition>> {
    return (await this.find(id, options)) ?? this.throwNotFound()
  }

  async findOne(where: Filter<RowOf<Definition>>, options: ReadOptions = {}): Promise<RowOf<Definition> | undefined> {
    const query = this.queryWhere(where, options)
    const [first, second] = await this.select({ query, keys: parseOrder(this.definition, undefined), limit: 2 }, options.tx)
    if (second) throw new MultipleResultsError(`More than one row of ${this.definition.name} matches.`, { entity: this.definition.name })
    return first
  }

  async getOne(where: Filter<RowOf<Definition>>, options: ReadOptions = {}): Promise<RowOf<Definition>> {
    return (await this.findOne(where, options)) ?? this.throwNotFound()
  }

  async getMany(ids: readonly string[], options: ReadOptions = {}): Promise<RowOf<Definition>[]> {
    const byId = new Map<string, RowOf<Definition>>()
    for (let from = 0; from < ids.length; from += idsPerQuery) {
      const keys = ids.slice(from, from + idsPerQuery).map((id) => this.definition.key.encode(id, this.definition.name))
      const query = queryFor(this.definition, { filter: { _id: { $in: keys } }, scope: options.scope })
      const documents = await this.run((call) => this.documents.find(query, { ...call, batchSize: idsPerQuery + 1 }).toArray(), options.tx)
      for (const document of documents) byId.set(this.definition.key.decode(document._id), this.toRow(document))
    }
    return [...new Set(ids.map((id) => this.canonicalId(id)))].map((id) => byId.get(id)).filter((row) => row !== undefined)
  }

  async list(query: ListQuery<RowOf<Definition>> = {}, options: ReadOptions = {}): Promise<RowOf<Definition>[]> {
    return await this.select(
      {
        query: this.queryWhere(query.where, options),
        keys: parseOrder(this.definition, query.orderBy),
        limit: parseLimit(query.limit, this.definition.name),
      },
      options.tx,
    )
  }

  async page(query: PageQuery<RowOf<Definition>> = {}, options: ReadOptions = {}): Promise<OffsetPage<RowOf<Definition>>> {
    const limit = parseLimit(query.limit, this.definition.name)
    const page = parsePage(query.page, this.definition.name)
    const selection = { query: this.queryWhere(query.where, options), keys: parseOrder(this.definition, query.orderBy), limit }
    const [total, items] = await Promise.all([
      this.countQuery(selection.query, options.tx),
      this.select({ ...selection, skip: (page - 1) * limit }, options.tx),
    ])
    return { items, total, page, limit, totalPages: Math.ceil(total / limit) }
  }

  async seek(query: SeekQuery<RowOf<Definition>> = {}, options: ReadOptions = {}): Promise<CursorPage<RowOf<Definition>>> {
    const { definition } = this
    const limit = parseLimit(query.limit, definition.name)
    const keys = parseOrder(definition, query.orderBy)
    const node = parseWhere(definition, query.where)
    const seal = this.#cursorSeal({ keys, node, scope: options.scope ?? 'live' })
    const at = query.cursor === undefined ? undefined : seal.open(query.cursor)
    const backward = at?.direction === 'previous'
    const order = backward ? reverseSort(keys) : keys
    const behind = at ? compileSeek(definition, { keys: order, values: at.values, inclusive: at.inclusive ?? false }) : {}
    const filter = { $and: [compileFilter(node, definition), behind] }
    const found = await this.select(
      { query: queryFor(definition, { filter, scope: options.scope }), keys: order, limit: limit + 1 },
      options.tx,
    )
    const kept = found.slice(0, limit)
    const items = backward ? kept.toReversed() : kept
    const further = found.length > limit
    return { items, ...this.#links({ items, at, further, backward, keys, seal }) }
  }

  async count(where?: Filter<RowOf<Definition>>, options: ReadOptions = {}): Promise<number> {
    return await this.countQuery(this.queryWhere(where, options), options.tx)
  }

  async exists(where: Filter<RowOf<Definition>>, options: ReadOptions = {}): Promise<boolean> {
    const query = this.queryWhere(where, options)
    const found = await this.run((call) => this.documents.findOne(query, { ...call, projection: { _id: 1 } }), options.tx)
    return found !== null
  }

  async *stream(query: Omit<ListQuery<RowOf<Definition>>, 'limit'> = {}, options: ReadOptions = {}): AsyncGenerator<RowOf<Definition>> {
    const filter = this.queryWhere(query.where, options)
    const keys = parseOrder(this.definition, query.orderBy)
    // The time of a cursor adds up over its batches, so a stream is bounded batch by batch, by the silence of the wire.
    const cursor = await this.run(
      async ({ session }) => this.#open({ query: filter, keys }, { batchSize: streamBatch, ...(session && { session }) }),
      options.tx,
    )
    try {
      while (await this.run(() => cursor.hasNext(), options.tx)) {
        for (const document of cursor.readBufferedDocuments()) yield this.toRow(document)
      }
    } finally {
      await cursor.close().catch(() => {})
    }
  }

  /** Runs one driver call with its limits, in `tx` if one is given; its errors become those of db-core. */
  protected run<Result>(call: (options: CallOptions) => Promise<Result>, tx?: Transaction): Promise<Result> {
    return this.database.run(call, { tx, entity: this.definition.name })
  }

  protected toRow(document: Document): RowOf<Definition> {
    return readRow(this.definition, document)
  }

  protected throwNotFound(): never {
    throw new NotFoundError(`There is no such row in ${this.definition.name}.`, { entity: this.definition.name })
  }

  protected queryWhere(where: unknown, options: ReadOptions): Document {
    return queryByNode(this.definition, parseWhere(this.definition, where), options.scope)
  }

  protected async countQuery(query: Document, tx: Transaction | undefined): Promise<number> {
    return await this.run((call) => this.documents.countDocuments(query, call), tx)
  }

  protected async select({ query, keys, limit, skip = 0 }: Selection, tx: Transaction | undefined): Promise<RowOf<Definition>[]> {
    const documents = await this.run((call) => this.#open({ query, keys, limit, skip }, { ...call, batchSize: limit + 1 }).toArray(), tx)
    return documents.map((document) => this.toRow(document))
  }

  #open(selection: Omit<Selection, 'limit'> & { limit?: number }, options: Partial<CallOptions> & { batchSize: number }) {
    const { query, keys, limit, skip = 0 } = selection
    const { sort, ranks } = compileOrder(this.definition, keys)
    const computed = Object.keys(ranks)
    if (computed.length === 0) return this.documents.find(query, { ...options, sort, skip, ...(limit !== undefined && { limit }) })
    const cut = [...(skip > 0 ? [{ $skip: skip }] : []), ...(limit === undefined ? [] : [{ $limit: limit }])]
    const stages = [{ $match: query }, { $set: ranks }, { $sort: sort }, ...cut, { $unset: computed }]
    return this.documents.aggregate<StoredDocument>(stages, options)
  }

  /** An id as rows show it: hexadecimal digits in lower case. */
  protected canonicalId(id: string): string {
    return this.definition.key.decode(this.definition.key.encode(id, this.definition.name))
  }

  #cursorSeal({
    keys,
    node,
    scope,
  }: {
    keys: readonly ResolvedSortKey[]
    node: ReturnType<typeof parseWhere>
    scope: 'live' | 'deleted' | 'all'
  }) {
    const secret = this.database.cursorSecret
    if (secret === undefined) throw new UnsupportedError('Cursors need the option cursorSecret of the connection.')
    const entity = this.definition.name
    const tenant = this.definition.traits.tenant ? visibleTenant(entity) : undefined
    const binding = cursorBinding({ entity, sort: keys, filter: node, scope, tenant })
    return {
      open: (text: string) => decodeCursor(text, { secret, binding }),
      close: (values: readonly CursorValue[], direction: 'next' | 'previous', inclusive = false) =>
        encodeCursor({ values, direction, inclusive, binding }, secret),
    }
  }

  #links(page: PageEnds<RowOf<Definition>>): { next?: string; previous?: string } {
    const { items, at, further, backward, keys, seal } = page
    const first = items[0]
    const last = items.at(-1)
    if (!first || !last) {
      if (!at) return {}
      return backward ? { next: seal.close(at.values, 'next', true) } : { previous: seal.close(at.values, 'previous', true) }
    }
    const hasNext = backward || further
    const hasPrevious = backward ? further : at !== undefined
    return {
      ...(hasNext && { next: seal.close(positionOf(last, keys, this.definition.name), 'next') }),
      ...(hasPrevious && { previous: seal.close(positionOf(first, keys, this.definition.name), 'previous') }),
    }
  }
}

interface PageEnds<Row> {
  readonly items: readonly Row[]
  readonly at: { readonly values: readonly CursorValue[] } | undefined
  readonly further: boolean
  readonly backward: boolean
  readonly keys: readonly ResolvedSortKey[]
  readonly seal: { close(values: readonly CursorValue[], direction: 'next' | 'previous', inclusive?: boolean): string }
}
