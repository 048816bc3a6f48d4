import { sql, type SQL, type Table as AnyTable } from 'drizzle-orm'
import type { LockOptions, Scope } from '../repository/repository.ts'
import type { Transaction } from '../repository/transaction.ts'
import type { SqlDatabase } from './sql-database.ts'
import type { WireResult, WireValue } from './sql-driver.ts'
import { encodeKey, type RowOf, type SqlEntity } from './sql-entity.ts'
import { allOf, constantPart, slot, StatementTexts, type SqlPart } from './sql-part.ts'
import { partialRows, wholeRows, type SqlProjection } from './sql-projection.ts'
import { equalsWire, visibleRows } from './sql-scope.ts'
import type { Raw } from './sql-writer.ts'
import { listOf } from './sql-writes.ts'

export interface Selection {
  readonly where: SqlPart
  /** Whole rows unless said otherwise. */
  readonly projection?: Pick<SqlProjection<unknown>, 'shape' | 'selection'>
  readonly order?: SqlPart
  readonly limit?: number
  readonly offset?: number
  readonly lock?: Pick<LockOptions, 'lock' | 'onLocked'> | undefined
}

/** What a read by key depends on besides the key. */
export interface KeyRead {
  readonly scope: Scope
  readonly tenant: string | undefined
  readonly projection: Pick<SqlProjection<unknown>, 'shape' | 'selection'>
}

const maxProjections = 100

/** The statements of one table: each text is made once per shape and then only given values. */
export class SqlTable<Table extends AnyTable> {
  readonly entity: SqlEntity<RowOf<Table>>
  readonly name: SQL
  readonly database: SqlDatabase<unknown>
  readonly whole: SqlProjection<RowOf<Table>>
  readonly #texts = new StatementTexts()
  readonly #projections = new Map<string, SqlProjection<RowOf<Table>>>()

  constructor(database: SqlDatabase<unknown>, entity: SqlEntity<RowOf<Table>>) {
    this.entity = entity
    this.database = database
    this.name = sql`${entity.table}`
    this.whole = wholeRows(entity)
    database.learn(entity.table)
  }

  /** What the call may see: its scope and its tenant. @throws InvalidValueError when a tenant is needed and none is set */
  visible(scope: Scope = 'live'): SqlPart {
    return visibleRows(this.entity, scope)
  }

  byKey(id: unknown): SqlPart {
    return equalsWire(this.entity, this.entity.keyField, encodeKey(this.entity, id))
  }

  /** Some fields and the key, or whole rows; `besides` are read and not shown. */
  projection(shown: readonly string[] | undefined, besides: readonly string[] = []): SqlProjection<RowOf<Table>> {
    if (shown === undefined) return this.whole
    const name = `${shown.join()};${besides.join()}`
    const known = this.#projections.get(name)
    if (known) return known
    const made = partialRows(this.entity, shown, besides)
    if (this.#projections.size < maxProjections) this.#projections.set(name, made)
    return made
  }

  /** One row by its key; the text is found without building any part of it. */
  async selectByKey(tx: Transaction | undefined, key: WireValue, read: KeyRead): Promise<Raw | undefined> {
    const { scope, tenant, projection } = read
    const shape = `key ${scope}${tenant === undefined ? '' : ' of a tenant'} ${projection.shape}`
    const values = tenant === undefined ? [key] : [key, tenant]
    const { rows } = await this.run(tx, shape, values, () => this.#keyText(constantPart('key', this.#isKey()), read))
    return rows[0]
  }

  /** The rows of any of the keys, in any order. */
  async selectByKeys(tx: Transaction | undefined, keys: readonly WireValue[], read: KeyRead): Promise<Raw[]> {
    const { scope, tenant, projection } = read
    const { dialect, key } = this.entity
    const list = dialect.inList(key, keys, false)
    const shape = `keys ${list.shape} ${scope}${tenant === undefined ? '' : ' of a tenant'} ${projection.shape}`
    const values = tenant === undefined ? list.values : [...list.values, tenant]
    const { rows } = await this.run(tx, shape, values, () => this.#keyText(list, read))
    return rows
  }

  async select(tx: Transaction | undefined, selection: Selection): Promise<Raw[]> {
    const { where, projection = this.whole, order, limit, offset, lock } = selection
    const { dialect } = this.entity
    const values = [...where.values]
    if (limit !== undefined) values.push(dialect.encodeCount(limit))
    if (offset !== undefined) values.push(dialect.encodeCount(offset))
    const locked = lock ? `${lock.lock ?? ''} ${lock.onLocked ?? ''}` : ''
    const bounds = `${limit === undefined ? '' : 'l'}${offset === undefined ? '' : 'o'}`
    const shape = `select ${projection.shape};${where.shape};${order?.shape ?? ''};${bounds};${locked}`
    const { rows } = await this.run(tx, shape, values, () => this.#selectText(selection))
    return rows
  }

  async count(tx: Transaction | undefined, where: SqlPart): Promise<number> {
    const build = () => this.#render(sql`select count(*) from ${this.name} where ${where.sql()}`)
    const { rows } = await this.run(tx, `count ${where.shape}`, where.values, build)
    return Number(rows[0]?.[0])
  }

  async exists(tx: Transaction | undefined, where: SqlPart): Promise<boolean> {
    const build = () => this.#render(sql`select 1 from ${this.name} where ${where.sql()} limit 1`)
    const { rows } = await this.run(tx, `exists ${where.shape}`, where.values, build)
    return rows.length > 0
  }

  /** How many rows were changed. */
  async updateAll(tx: Transaction | undefined, changes: readonly SqlPart[], where: SqlPart): Promise<number> {
    const set = listOf(changes)
    const build = () => this.#render(sql`update ${this.name} set ${set.sql()} where ${where.sql()}`)
    const { count } = await this.run(tx, `update ${set.shape};${where.shape}`, [...set.values, ...where.values], build)
    return count
  }

  /** How many rows were removed. */
  async remove(tx: Transaction | undefined, where: SqlPart): Promise<number> {
    const build = () => this.#render(sql`delete from ${this.name} where ${where.sql()}`)
    const { count } = await this.run(tx, `delete ${where.shape}`, where.values, build)
    return count
  }

  /** A statement of this table: `build` makes the text of a shape that is new. */
  run(tx: Transaction | undefined, shape: string, values: readonly WireValue[], build: () => string): Promise<WireResult> {
    const runner = tx === undefined ? this.database : this.database.join(tx)
    return runner.run({ text: this.#texts.get(shape, build), values: [...values] })
  }

  /** Runs `work` so that all of it is undone when it throws: in a transaction of its own, or in a savepoint of `tx`. */
  undoable<Result>(tx: Transaction | undefined, work: (inner: Transaction) => Promise<Result>): Promise<Result> {
    return tx === undefined ? this.database.transaction(work) : this.database.join(tx).attempt(work)
  }

  #isKey(): SQL {
    const { plain, value } = this.entity.dialect.operands(this.entity.key, false)
    return sql`${plain} = ${value}`
  }

  #keyText(isKey: SqlPart, { scope, tenant, projection }: KeyRead): string {
    const where = allOf([isKey, visibleRows(this.entity, scope, tenant)])
    return this.#render(sql`select ${projection.selection} from ${this.name} where ${where.sql()}`)
  }

  #selectText({ where, projection = this.whole, order, limit, offset, lock }: Selection): string {
    const ordered = order ? sql` order by ${order.sql()}` : sql``
    const limited = limit === undefined ? sql`` : sql` limit ${slot}`
    const skipped = offset === undefined ? sql`` : sql` offset ${slot}`
    const locked = lock ? sql` ${this.entity.dialect.lock(lock)}` : sql``
    const from = sql`select ${projection.selection} from ${this.name} where ${where.sql()}`
    return this.#render(sql`${from}${ordered}${limited}${skipped}${locked}`)
  }

  #render(query: SQL): string {
    return this.entity.dialect.render(query)
  }
}
