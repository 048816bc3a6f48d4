import { InvalidFilterError, MultipleResultsError, NotFoundError, UnsupportedError } from '../errors/repository-error.ts'
import type { Filter } from '../filters/filter.ts'
import { parseFilter, type FilterNode } from '../filters/parse-filter.ts'
import { parseSort, type ResolvedSortKey } from '../filters/parse-sort.ts'
import type { CursorPage, OffsetPage } from '../pages/page.ts'
import { pageAt, parseLimit, parseOffset } from '../pages/parse-limit.ts'
import { hasExists, resolveExists } from '../relations/resolve-exists.ts'
import type { NoRelations, Relations } from '../relations/relation.ts'
import type { Projection } from '../relations/view-source.ts'
import { abortable } from '../repository/abort.ts'
import type { ListQuery, LockOptions, PageQuery, Reader, ReadOptions, SeekQuery, StreamOptions } from '../repository/repository.ts'
import type { MemoryDatabase } from './memory-database.ts'
import type { MemoryEntity, StoredRow } from './memory-entity.ts'
import { compileFilter } from './memory-filter.ts'
import { compileOrder } from './memory-order.ts'
import { readValue, shownRow } from './memory-rows.ts'
import { seekRows } from './memory-seek.ts'
import type { MemoryTable } from './memory-state.ts'
import type { IdOf, MemorySource, RowOf } from './memory-types.ts'
import { keyText } from './memory-values.ts'
import { visibleRows } from './memory-visibility.ts'

/** The reading half of a memory repository. */
export class MemoryReader<Source extends MemorySource, Related extends Relations = NoRelations> implements Reader<
  RowOf<Source>,
  IdOf<Source>,
  Related
> {
  readonly entity: MemoryEntity
  protected readonly database: MemoryDatabase

  constructor(database: MemoryDatabase, entity: MemoryEntity) {
    this.database = database
    this.entity = entity
  }

  async find(id: IdOf<Source>, options: LockOptions = {}): Promise<RowOf<Source> | undefined> {
    const key = this.keyText(id)
    const isVisible = visibleRows(this.entity, options.scope)
    const row = await this.#read(options, ({ rows }) => rows.get(key))
    return row && isVisible(row) ? this.#show(row, options) : undefined
  }

  async get(id: IdOf<Source>, options: LockOptions = {}): Promise<RowOf<Source>> {
    return (await this.find(id, options)) ?? this.throwNotFound()
  }

  async findOne(where: Filter<RowOf<Source>, Related>, options: LockOptions = {}): Promise<RowOf<Source> | undefined> {
    const [first, second] = await this.#select(this.parseWhere(where), options)
    if (second) throw new MultipleResultsError(`More than one row of ${this.entity.name} matches.`, { entity: this.entity.name })
    return first && this.#show(first, options)
  }

  async getOne(where: Filter<RowOf<Source>, Related>, options: LockOptions = {}): Promise<RowOf<Source>> {
    return (await this.findOne(where, options)) ?? this.throwNotFound()
  }

  async getMany(ids: readonly IdOf<Source>[], options: LockOptions = {}): Promise<RowOf<Source>[]> {
    const keys = new Set(ids.map((id) => this.keyText(id)))
    const isVisible = visibleRows(this.entity, options.scope)
    const rows = await this.#read(options, (table) => [...keys].map((key) => table.rows.get(key)))
    return rows.flatMap((row) => (row && isVisible(row) ? [this.#show(row, options)] : []))
  }

  async list(query: ListQuery<RowOf<Source>, Related> = {}, options: LockOptions = {}): Promise<RowOf<Source>[]> {
    const limit = parseLimit(query.limit, this.entity.name)
    const rows = await this.#sorted(query, options)
    return rows.slice(0, limit).map((row) => this.#show(row, options))
  }

  async page(query: PageQuery<RowOf<Source>, Related> = {}, options: ReadOptions = {}): Promise<OffsetPage<RowOf<Source>>> {
    const limit = parseLimit(query.limit, this.entity.name)
    const offset = parseOffset(query, limit, this.entity.name)
    const rows = await this.#sorted(query, options)
    const items = rows.slice(offset, offset + limit).map((row) => this.#show(row, options))
    return { items, total: rows.length, page: pageAt(offset, limit), limit, totalPages: Math.ceil(rows.length / limit) }
  }

  async seek(query: SeekQuery<RowOf<Source>, Related> = {}, options: ReadOptions = {}): Promise<CursorPage<RowOf<Source>>> {
    const filter = this.parseWhere(query.where)
    const { entity } = this
    const seek = { entity, filter, keys: this.#sortKeys(query.orderBy), limit: parseLimit(query.limit, entity.name), cursor: query.cursor }
    const find = () => this.#select(filter, options)
    const { items, ...links } = await seekRows({ ...seek, scope: options.scope ?? 'live' }, this.database.cursorSecret, find)
    return { items: items.map((row) => this.#show(row, options)), ...links }
  }

  async count(where?: Filter<RowOf<Source>, Related>, options: ReadOptions = {}): Promise<number> {
    return (await this.#select(this.parseWhere(where), options)).length
  }

  async exists(where: Filter<RowOf<Source>, Related>, options: ReadOptions = {}): Promise<boolean> {
    return (await this.count(where, options)) > 0
  }

  async *stream(query: Omit<ListQuery<RowOf<Source>, Related>, 'limit'> = {}, options: StreamOptions = {}): AsyncGenerator<RowOf<Source>> {
    for (const row of await this.#sorted(query, options)) {
      yield this.#show(row, options)
      options.signal?.throwIfAborted()
    }
  }

  protected throwNotFound(): never {
    throw new NotFoundError(`There is no such row in ${this.entity.name}.`, { entity: this.entity.name })
  }

  /** @throws InvalidFilterError */
  protected parseWhere(where: unknown = {}): FilterNode {
    return parseFilter(where, this.entity)
  }

  /** As parseWhere, for writes to many rows: a filter that selects everything is refused. @throws InvalidFilterError */
  protected parseNarrowWhere(where: unknown): FilterNode {
    const node = parseFilter(where, this.entity)
    if (node.kind !== 'all') return node
    throw new InvalidFilterError(`A filter that selects all of ${this.entity.name} is refused here.`, { entity: this.entity.name })
  }

  /** The same filter without relations, for whose rows their own repositories have been asked. */
  protected async resolve(node: FilterNode, { tx, signal }: ReadOptions): Promise<FilterNode> {
    return hasExists(node) ? await resolveExists(node, this.entity, { tx, ...(signal && { signal }) }) : node
  }

  /** The key under which a row is kept. @throws InvalidValueError for what no row can have as its key */
  protected keyText(id: unknown): string {
    return keyText(readValue(this.entity, this.entity.keyField, id ?? Number.NaN)) ?? ''
  }

  protected show(row: StoredRow): RowOf<Source> {
    return this.#show(row, {})
  }

  #show(row: StoredRow, { fields }: ReadOptions & Projection): RowOf<Source> {
    const shown: unknown = shownRow(this.entity, row, fields)
    // oxlint-disable-next-line typescript/consistent-type-assertions -- the one place where a row gets its type, which its entity has checked
    return shown as RowOf<Source>
  }

  #sortKeys(orderBy: unknown): readonly ResolvedSortKey[] {
    const { name, fieldNames, keyField } = this.entity
    return parseSort(orderBy, { entity: name, fields: fieldNames, key: keyField })
  }

  async #sorted(query: { readonly where?: unknown; readonly orderBy?: unknown }, options: ReadOptions): Promise<StoredRow[]> {
    const order = compileOrder(this.#sortKeys(query.orderBy), this.entity)
    const rows = await this.#select(this.parseWhere(query.where), options)
    return rows.toSorted(order)
  }

  async #select(filter: FilterNode, options: LockOptions): Promise<StoredRow[]> {
    const isVisible = visibleRows(this.entity, options.scope)
    const matches = compileFilter(await this.resolve(filter, options), this.entity)
    return await this.#read(options, ({ rows }) => [...rows.values()].filter((row) => isVisible(row) && matches(row)))
  }

  /** One look at the rows. With a signal it waits for its turn, as a real store would, so that an abort can come before it. */
  async #read<Result>({ tx, signal, lock, onLocked }: LockOptions, work: (table: MemoryTable) => Result): Promise<Result> {
    if (lock ?? onLocked) throw new UnsupportedError('The memory store has no row locks.')
    const read = () => work(this.database.read(tx, this.entity).table(this.entity))
    if (!signal) return read()
    return await abortable(signal, async () => {
      await Promise.resolve()
      return read()
    })
  }
}
