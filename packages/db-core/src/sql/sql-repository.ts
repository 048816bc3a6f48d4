import type { Table as AnyTable } from 'drizzle-orm'
import { InvalidFilterError, MultipleResultsError, NotFoundError, StaleVersionError, UnsupportedError } from '../errors/repository-error.ts'
import type { Filter } from '../filters/filter.ts'
import { parseFilter } from '../filters/parse-filter.ts'
import type { CursorPage, OffsetPage } from '../pages/page.ts'
import { parseLimit, parsePage } from '../pages/parse-limit.ts'
import type { ListQuery, PageQuery, ReadOptions, Repository, SeekQuery, UpdateOptions, WriteOptions } from '../repository/repository.ts'
import type { Transaction } from '../repository/transaction.ts'
import { parseAmounts, parseCreate, parsePatch, type WriteTarget } from '../repository/write-input.ts'
import type { DrizzleOf } from './drizzle-of.ts'
import type { SqlDatabase } from './sql-database.ts'
import type { CreateOf, IdOf, PatchOf, RowOf } from './sql-entity.ts'
import { compileFilter } from './sql-filters.ts'
import { compileOrder } from './sql-order.ts'
import { allOf, type SqlPart } from './sql-part.ts'
import { seekPage, sortKeys, streamRows } from './sql-seek.ts'
import { equals, SqlTable } from './sql-table.ts'
import { additions, assignments, chunkRows, deletionMarks, newRow, restorationMarks, stamps } from './sql-writes.ts'

/** The repository of one table; a domain repository extends it and adds its own queries on `this.db(tx)`. */
export class SqlRepository<Table extends AnyTable> implements Repository<RowOf<Table>, IdOf<Table>, CreateOf<Table>, PatchOf<Table>> {
  readonly #database: SqlDatabase<DrizzleOf<Table>>
  readonly #table: SqlTable<Table>
  readonly #target: WriteTarget

  constructor(database: SqlDatabase<DrizzleOf<Table>>, table: Table) {
    this.#database = database
    this.#table = new SqlTable(database, table)
    const { name, fieldNames, key } = this.#table.entity
    this.#target = { entity: name, fields: fieldNames, key: key.name }
  }

  /** Drizzle on the given transaction, or on the pool. Scope, tenant and stamps are then the query's own business. */
  protected db(tx?: Transaction): DrizzleOf<Table> {
    return tx === undefined ? this.#database.drizzle : this.#database.join(tx).drizzle
  }

  async find(id: IdOf<Table>, options: ReadOptions = {}): Promise<RowOf<Table> | undefined> {
    const raw = await this.#table.selectByKey(options.tx, id, options.scope)
    return raw && this.#table.entity.decode(raw)
  }

  async get(id: IdOf<Table>, options: ReadOptions = {}): Promise<RowOf<Table>> {
    return (await this.find(id, options)) ?? this.#missing()
  }

  async findOne(where: Filter<RowOf<Table>>, options: ReadOptions = {}): Promise<RowOf<Table> | undefined> {
    const rows = await this.#table.select(options.tx, { where: this.#where(where, options), limit: 2 })
    if (rows.length > 1)
      throw new MultipleResultsError(`More than one row of ${this.#target.entity} matches.`, { entity: this.#target.entity })
    return this.#first(rows)
  }

  async getOne(where: Filter<RowOf<Table>>, options: ReadOptions = {}): Promise<RowOf<Table>> {
    return (await this.findOne(where, options)) ?? this.#missing()
  }

  async getMany(ids: readonly IdOf<Table>[], options: ReadOptions = {}): Promise<RowOf<Table>[]> {
    if (ids.length === 0) return []
    const { entity } = this.#table
    const wanted = ids.map((id) => this.#table.byKey(id).values[0])
    const list = compileFilter(
      { kind: 'compare', field: entity.key.name, operator: 'in', value: wanted.map(String), ignoreCase: false },
      entity,
    )
    const rows = await this.#table.select(options.tx, { where: allOf([list, this.#table.visible(options.scope)]) })
    const byKey = new Map(rows.map((row) => [String(row[entity.key.index]), row]))
    return [...new Set(wanted)].flatMap((key) => this.#decode([byKey.get(String(key))]))
  }

  async list(query: ListQuery<RowOf<Table>> = {}, options: ReadOptions = {}): Promise<RowOf<Table>[]> {
    const limit = parseLimit(query.limit, this.#target.entity)
    const order = compileOrder(sortKeys(this.#table, query.orderBy), this.#table.entity)
    return this.#decode(await this.#table.select(options.tx, { where: this.#where(query.where, options), order, limit }))
  }

  async page(query: PageQuery<RowOf<Table>> = {}, options: ReadOptions = {}): Promise<OffsetPage<RowOf<Table>>> {
    const limit = parseLimit(query.limit, this.#target.entity)
    const page = parsePage(query.page, this.#target.entity)
    const where = this.#where(query.where, options)
    const order = compileOrder(sortKeys(this.#table, query.orderBy), this.#table.entity)
    const total = await this.#table.count(options.tx, where)
    const offset = (page - 1) * limit
    const rows = offset < total ? await this.#table.select(options.tx, { where, order, limit, offset }) : []
    return { items: this.#decode(rows), total, page, limit, totalPages: Math.ceil(total / limit) }
  }

  async seek(query: SeekQuery<RowOf<Table>> = {}, options: ReadOptions = {}): Promise<CursorPage<RowOf<Table>>> {
    return seekPage(this.#table, query, options, this.#database.cursorSecret)
  }

  async count(where?: Filter<RowOf<Table>>, options: ReadOptions = {}): Promise<number> {
    return this.#table.count(options.tx, this.#where(where, options))
  }

  async exists(where: Filter<RowOf<Table>>, options: ReadOptions = {}): Promise<boolean> {
    return this.#table.exists(options.tx, this.#where(where, options))
  }

  stream(query: Omit<ListQuery<RowOf<Table>>, 'limit'> = {}, options: ReadOptions = {}): AsyncIterable<RowOf<Table>> {
    return streamRows(this.#table, query, options)
  }

  async create(input: CreateOf<Table>, options: WriteOptions = {}): Promise<RowOf<Table>> {
    const row = newRow(parseCreate(input, this.#target), this.#table.entity)
    return this.#first(await this.#table.writer.insert(options.tx, [row])) ?? this.#missing()
  }

  async createMany(inputs: readonly CreateOf<Table>[], options: WriteOptions = {}): Promise<RowOf<Table>[]> {
    const rows = inputs.map((input) => newRow(parseCreate(input, this.#target), this.#table.entity))
    const chunks = chunkRows(rows, this.#table.entity)
    const insertAll = async (tx: Transaction | undefined) => {
      const created: RowOf<Table>[] = []
      for (const chunk of chunks) created.push(...this.#decode(await this.#table.writer.insert(tx, chunk)))
      return created
    }
    return chunks.length > 1 && options.tx === undefined ? this.#database.transaction(insertAll) : insertAll(options.tx)
  }

  async update(id: IdOf<Table>, patch: PatchOf<Table>, options: UpdateOptions = {}): Promise<RowOf<Table>> {
    const changes = assignments(parsePatch(patch, this.#target), this.#table.entity)
    return this.#updateOne(id, changes, options)
  }

  async updateMany(where: Filter<RowOf<Table>>, patch: PatchOf<Table>, options: WriteOptions = {}): Promise<number> {
    const condition = this.#boundedWhere(where)
    const changes = assignments(parsePatch(patch, this.#target), this.#table.entity)
    if (changes.length === 0) return 0
    return this.#table.updateAll(options.tx, [...changes, ...stamps(this.#table.entity)], condition)
  }

  async upsert(
    input: CreateOf<Table>,
    onConflict: readonly (keyof RowOf<Table> & string)[],
    options: WriteOptions = {},
  ): Promise<{ row: RowOf<Table>; created: boolean }> {
    this.#requireFields(onConflict)
    const row = newRow(parseCreate(input, this.#target), this.#table.entity)
    const [written] = await this.#table.writer.upsert(options.tx, [row], onConflict)
    return written ? { row: this.#table.entity.decode(written.raw), created: written.created } : this.#missing()
  }

  async increment(
    id: IdOf<Table>,
    by: Partial<Record<keyof RowOf<Table> & string, number>>,
    options: WriteOptions = {},
  ): Promise<RowOf<Table>> {
    return this.#updateOne(id, additions(parseAmounts(by, this.#target), this.#table.entity), options)
  }

  async delete(id: IdOf<Table>, options: WriteOptions = {}): Promise<void> {
    const where = allOf([this.#table.byKey(id), this.#table.visible()])
    if ((await this.#deleteWhere(options.tx, where)) === 0) this.#missing()
  }

  async deleteMany(where: Filter<RowOf<Table>>, options: WriteOptions = {}): Promise<number> {
    return this.#deleteWhere(options.tx, this.#boundedWhere(where))
  }

  async restore(id: IdOf<Table>, options: WriteOptions = {}): Promise<RowOf<Table>> {
    const { entity } = this.#table
    if (!entity.traits.softDelete)
      throw new UnsupportedError(`${entity.name} has no deletedAt, so nothing can be restored.`, { entity: entity.name })
    const where = allOf([this.#table.byKey(id), this.#table.visible('deleted')])
    const changes = [...restorationMarks(entity), ...stamps(entity)]
    const raw = await this.#table.writer.updateByKey(options.tx, { id, changes, where })
    return raw ? entity.decode(raw) : this.#missing()
  }

  async purge(id: IdOf<Table>, options: WriteOptions = {}): Promise<void> {
    const removed = await this.#table.remove(options.tx, allOf([this.#table.byKey(id), this.#table.visible('all')]))
    if (removed === 0) this.#missing()
  }

  /** One conditional write; only when it misses is the row read again, to tell why. */
  async #updateOne(id: IdOf<Table>, changes: readonly SqlPart[], options: UpdateOptions): Promise<RowOf<Table>> {
    const { entity } = this.#table
    const key = allOf([this.#table.byKey(id), this.#table.visible()])
    const where = options.version === undefined ? key : allOf([key, this.#versionIs(options.version)])
    const raw =
      changes.length === 0
        ? (await this.#table.select(options.tx, { where }))[0]
        : await this.#table.writer.updateByKey(options.tx, { id, changes: [...changes, ...stamps(entity)], where })
    if (raw !== undefined) return entity.decode(raw)
    if (options.version === undefined || !(await this.#table.exists(options.tx, key))) return this.#missing()
    throw new StaleVersionError(`The row of ${entity.name} has been changed since.`, { entity: entity.name, fields: ['version'] })
  }

  #versionIs(version: number): SqlPart {
    const { entity } = this.#table
    if (entity.traits.versioned) return equals(entity, 'version', version)
    throw new UnsupportedError(`${entity.name} has no version to compare.`, { entity: entity.name })
  }

  #deleteWhere(tx: Transaction | undefined, where: SqlPart): Promise<number> {
    const { entity } = this.#table
    if (!entity.traits.softDelete) return this.#table.remove(tx, where)
    return this.#table.updateAll(tx, [...deletionMarks(entity), ...stamps(entity)], where)
  }

  #where(filter: unknown = {}, { scope }: ReadOptions = {}): SqlPart {
    const { entity } = this.#table
    return allOf([compileFilter(parseFilter(filter, entity), entity), this.#table.visible(scope)])
  }

  /** For bulk writes: whole tables are not changed by an empty filter. */
  #boundedWhere(filter: unknown): SqlPart {
    const { entity } = this.#table
    const node = parseFilter(filter, entity)
    if (node.kind !== 'all') return allOf([compileFilter(node, entity), this.#table.visible()])
    throw new InvalidFilterError(`A filter that selects all of ${entity.name} is refused here.`, { entity: entity.name })
  }

  #requireFields(names: readonly string[]): void {
    if (names.length > 0 && names.every((name) => this.#target.fields.has(name))) return
    throw new InvalidFilterError(`An upsert into ${this.#target.entity} needs the fields of a unique key.`, { entity: this.#target.entity })
  }

  #first(rows: readonly (readonly unknown[])[]): RowOf<Table> | undefined {
    return rows[0] && this.#table.entity.decode(rows[0])
  }

  #decode(rows: readonly (readonly unknown[] | undefined)[]): RowOf<Table>[] {
    return rows.flatMap((row) => (row === undefined ? [] : [this.#table.entity.decode(row)]))
  }

  #missing(): never {
    throw new NotFoundError(`There is no such row in ${this.#target.entity}.`, { entity: this.#target.entity })
  }
}
