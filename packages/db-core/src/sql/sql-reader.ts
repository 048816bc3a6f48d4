import type { Table as AnyTable } from 'drizzle-orm'
import { MultipleResultsError, NotFoundError } from '../errors/repository-error.ts'
import type { Filter } from '../filters/filter.ts'
import { parseFilter, type FilterNode } from '../filters/parse-filter.ts'
import type { CursorPage, OffsetPage } from '../pages/page.ts'
import { pageAt, parseLimit, parseOffset } from '../pages/parse-limit.ts'
import type { Relations } from '../relations/relation.ts'
import { hasExists, resolveExists } from '../relations/resolve-exists.ts'
import type { Projection, ViewSource } from '../relations/view-source.ts'
import { abortable } from '../repository/abort.ts'
import type { ListQuery, LockOptions, PageQuery, ReadOptions, SeekQuery, StreamOptions } from '../repository/repository.ts'
import type { IdOf, RowOf } from './sql-entity.ts'
import { compileFilter } from './sql-filters.ts'
import { SqlKeyReader } from './sql-key-reader.ts'
import { lockOf } from './sql-lock.ts'
import { compileOrder } from './sql-order.ts'
import { allOf, type SqlPart } from './sql-part.ts'
import type { SqlProjection } from './sql-projection.ts'
import { isWithin } from './sql-related.ts'
import { seekPage, sortKeys, streamRows } from './sql-seek.ts'
import type { Selection, SqlTable } from './sql-table.ts'

type Bounds = Pick<Selection, 'order' | 'limit' | 'offset'>
type DecodedSelection<Row> = Omit<Selection, 'where'> & { readonly projection: SqlProjection<Row> }
type Where<Table extends AnyTable, Related extends Relations> = Filter<RowOf<Table>, Related>

/** The reads of one table. With `fields`, rows have these fields and the key only, whatever their type says. */
export class SqlReader<Table extends AnyTable, Related extends Relations> implements ViewSource<RowOf<Table>, IdOf<Table>, Related> {
  readonly entity: SqlTable<Table>['entity']
  readonly #table: SqlTable<Table>
  readonly #keys: SqlKeyReader<Table>

  constructor(table: SqlTable<Table>, joinReads: boolean) {
    this.entity = table.entity
    this.#table = table
    this.#keys = new SqlKeyReader(table, joinReads)
  }

  async find(id: IdOf<Table>, options: LockOptions & Projection = {}): Promise<RowOf<Table> | undefined> {
    const projection = this.#table.projection(options.fields)
    const raw = await abortable(options.signal, () => this.#keys.readOne(id, projection, options))
    return raw && projection.decode(raw)
  }

  async get(id: IdOf<Table>, options: LockOptions & Projection = {}): Promise<RowOf<Table>> {
    const projection = this.#table.projection(options.fields)
    const raw = await abortable(options.signal, () => this.#keys.readOne(id, projection, options))
    return raw ? projection.decode(raw) : this.missing()
  }

  async findOne(where: Where<Table, Related>, options: LockOptions & Projection = {}): Promise<RowOf<Table> | undefined> {
    const rows = await this.#select(where, { limit: 2 }, options)
    const { name } = this.entity
    if (rows.length > 1) throw new MultipleResultsError(`More than one row of ${name} matches.`, { entity: name })
    return rows[0]
  }

  async getOne(where: Where<Table, Related>, options: LockOptions & Projection = {}): Promise<RowOf<Table>> {
    return (await this.findOne(where, options)) ?? this.missing()
  }

  async getMany(ids: readonly IdOf<Table>[], options: LockOptions & Projection = {}): Promise<RowOf<Table>[]> {
    const projection = this.#table.projection(options.fields)
    const raws = await abortable(options.signal, () => this.#keys.readMany(ids, projection, options))
    return raws.map((raw) => projection.decode(raw))
  }

  async list(query: ListQuery<RowOf<Table>, Related> = {}, options: LockOptions & Projection = {}): Promise<RowOf<Table>[]> {
    const limit = parseLimit(query.limit, this.entity.name)
    return await this.#select(query.where, { limit, order: this.#order(query.orderBy) }, options)
  }

  async page(query: PageQuery<RowOf<Table>, Related> = {}, options: ReadOptions & Projection = {}): Promise<OffsetPage<RowOf<Table>>> {
    const limit = parseLimit(query.limit, this.entity.name)
    const offset = parseOffset(query, limit, this.entity.name)
    const order = this.#order(query.orderBy)
    const selection = this.#selection({ order, limit, offset }, options)
    const where = await abortable(options.signal, () => this.where(query.where, options))
    const total = await abortable(options.signal, () => this.#table.count(options.tx, where))
    const items = offset < total ? await abortable(options.signal, () => this.#rows(where, selection, options.tx)) : []
    return { items, total, page: pageAt(offset, limit), limit, totalPages: Math.ceil(total / limit) }
  }

  async seek(query: SeekQuery<RowOf<Table>, Related> = {}, options: ReadOptions & Projection = {}): Promise<CursorPage<RowOf<Table>>> {
    const filter = parseFilter(query.where ?? {}, this.entity)
    return await abortable(options.signal, async () => {
      const where = await this.condition(filter, options)
      return await seekPage(this.#table, { ...query, filter, where }, options)
    })
  }

  async count(where?: Where<Table, Related>, options: ReadOptions = {}): Promise<number> {
    return await abortable(options.signal, async () => this.#table.count(options.tx, await this.where(where, options)))
  }

  async exists(where: Where<Table, Related>, options: ReadOptions = {}): Promise<boolean> {
    return await abortable(options.signal, async () => this.#table.exists(options.tx, await this.where(where, options)))
  }

  async *stream(
    query: Omit<ListQuery<RowOf<Table>, Related>, 'limit'> = {},
    options: StreamOptions & Projection = {},
  ): AsyncGenerator<RowOf<Table>> {
    const where = await abortable(options.signal, () => this.where(query.where, options))
    yield* streamRows(this.#table, { where, orderBy: query.orderBy }, options)
  }

  /** The condition of a filter, within scope and tenant of the call. @throws InvalidFilterError */
  async where(filter: unknown = {}, options: ReadOptions = {}): Promise<SqlPart> {
    return await this.condition(parseFilter(filter, this.entity), options)
  }

  /** As `where`, for a filter that is parsed. */
  async condition(filter: FilterNode, options: ReadOptions): Promise<SqlPart> {
    const reached = await this.#reach(filter, options)
    return allOf([compileFilter(reached, this.entity), this.#table.visible(options.scope)])
  }

  missing(): never {
    throw new NotFoundError(`There is no such row in ${this.entity.name}.`, { entity: this.entity.name })
  }

  #order(orderBy: unknown): SqlPart {
    return compileOrder(sortKeys(this.#table, orderBy), this.entity)
  }

  /** Relations that lead out of this database are asked first. */
  async #reach(node: FilterNode, { tx, signal }: ReadOptions): Promise<FilterNode> {
    if (!hasExists(node)) return node
    const { database } = this.#table
    return await resolveExists(node, this.entity, { tx, ...(signal && { signal }), keep: (relation) => isWithin(database, relation) })
  }

  async #select(filter: unknown, bounds: Bounds, options: LockOptions & Projection): Promise<RowOf<Table>[]> {
    const selection = this.#selection(bounds, options)
    return await abortable(options.signal, async () => this.#rows(await this.where(filter, options), selection, options.tx))
  }

  #selection(bounds: Bounds, options: LockOptions & Projection): DecodedSelection<RowOf<Table>> {
    return { projection: this.#table.projection(options.fields), lock: lockOf(options, this.entity.name), ...bounds }
  }

  async #rows(where: SqlPart, selection: DecodedSelection<RowOf<Table>>, tx: ReadOptions['tx']): Promise<RowOf<Table>[]> {
    const rows = await this.#table.select(tx, { where, ...selection })
    return rows.map((row) => selection.projection.decode(row))
  }
}
