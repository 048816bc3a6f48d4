import { sql, type SQL } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import { ConflictError, NotNullError, UnsupportedError } from '../errors/repository-error.ts'
import { visibleTenant } from '../mixins/tenant.ts'
import { tenantField } from '../mixins/traits.ts'
import type { Scope } from '../repository/repository.ts'
import type { Transaction } from '../repository/transaction.ts'
import { requireSameStore, requireStore } from '../repository/unit-of-work.ts'
import type { PostgresDatabase } from './postgres-database.ts'
import type { WireResult } from './sql-driver.ts'
import { describeTable, encodeField, fieldOf, type RowOf, type SqlEntity } from './sql-entity.ts'
import { allOf, constantPart, slot, StatementTexts, type SqlPart } from './sql-part.ts'
import { SqlTransaction } from './sql-transaction.ts'
import { columnList, compileRows, listOf, stamps, takeover, type NewRow } from './sql-writes.ts'

export interface Selection {
  readonly where: SqlPart
  readonly order?: SqlPart
  readonly limit?: number
  readonly offset?: number
}

type Raw = readonly unknown[]

/** The statements of one table: each text is made once per shape and then only given values. */
export class SqlTable<Table extends PgTable> {
  readonly entity: SqlEntity<RowOf<Table>>
  readonly #database: PostgresDatabase
  readonly #texts = new StatementTexts()
  readonly #name: SQL

  constructor(database: PostgresDatabase, table: Table) {
    this.entity = describeTable(table)
    this.#database = database
    this.#name = sql`${table}`
    database.learn(table)
  }

  /** What the call may see: its scope and its tenant. @throws InvalidValueError when a tenant is needed and none is set */
  visible(scope: Scope = 'live'): SqlPart {
    const { entity } = this
    const parts: SqlPart[] = []
    if (entity.traits.softDelete && scope !== 'all') parts.push(deletionGuard(entity, scope))
    if (!entity.traits.softDelete && scope === 'deleted') parts.push(constantPart('false', sql`false`))
    const tenant = entity.traits.tenant ? visibleTenant(entity.name) : undefined
    if (tenant !== undefined) parts.push(equals(entity, tenantField, tenant))
    return allOf(parts)
  }

  byKey(id: unknown): SqlPart {
    return equals(this.entity, this.entity.key.name, id)
  }

  async select(tx: Transaction | undefined, { where, order, limit, offset }: Selection): Promise<Raw[]> {
    const parts = [where, ...(order ? [order] : [])]
    const bounds = [limit, offset].filter((bound) => bound !== undefined).map(String)
    const shape = `select ${parts.map((part) => part.shape).join(';')};${bounds.length}`
    const { rows } = await this.#run(tx, shape, [...where.values, ...bounds], () => {
      const ordered = order ? sql` order by ${order.sql()}` : sql``
      const limited = limit === undefined ? sql`` : sql` limit ${slot}`
      const skipped = offset === undefined ? sql`` : sql` offset ${slot}`
      return sql`select ${this.entity.selection} from ${this.#name} where ${where.sql()}${ordered}${limited}${skipped}`
    })
    return rows
  }

  async count(tx: Transaction | undefined, where: SqlPart): Promise<number> {
    const build = () => sql`select count(*) from ${this.#name} where ${where.sql()}`
    const { rows } = await this.#run(tx, `count ${where.shape}`, where.values, build)
    return Number(rows[0]?.[0])
  }

  async exists(tx: Transaction | undefined, where: SqlPart): Promise<boolean> {
    const build = () => sql`select 1 from ${this.#name} where ${where.sql()} limit 1`
    const { rows } = await this.#run(tx, `exists ${where.shape}`, where.values, build)
    return rows.length > 0
  }

  async insert(tx: Transaction | undefined, rows: readonly NewRow[]): Promise<Raw[]> {
    const content = compileRows(rows, this.entity)
    const build = () => sql`insert into ${this.#name} ${content.sql()} returning ${this.entity.selection}`
    const result = await this.#run(tx, `insert ${content.shape}`, content.values, build)
    return result.rows
  }

  /** The changed rows. */
  async update(tx: Transaction | undefined, changes: readonly SqlPart[], where: SqlPart): Promise<Raw[]> {
    const { rows } = await this.#change(tx, changes, where, sql` returning ${this.entity.selection}`, 'row')
    return rows
  }

  /** How many rows were changed. */
  async updateAll(tx: Transaction | undefined, changes: readonly SqlPart[], where: SqlPart): Promise<number> {
    const { count } = await this.#change(tx, changes, where, sql``, 'count')
    return count
  }

  /** How many rows were removed. */
  async remove(tx: Transaction | undefined, where: SqlPart): Promise<number> {
    const build = () => sql`delete from ${this.#name} where ${where.sql()}`
    const { count } = await this.#run(tx, `delete ${where.shape}`, where.values, build)
    return count
  }

  /** The row, and at its end whether it is new. @throws ConflictError when the key belongs to a row that the call may not see */
  async upsert(tx: Transaction | undefined, row: NewRow, onConflict: readonly string[]): Promise<Raw> {
    const { entity } = this
    const conflict = uniqueKey(row, onConflict, entity)
    const content = compileRows([row], entity)
    const changes = this.#overwrite(row, conflict)
    const where = this.visible()
    const shape = `upsert ${content.shape};${conflict.join(',')};${changes.shape};${where.shape}`
    const { rows } = await this.#run(tx, shape, [...content.values, ...changes.values, ...where.values], () => {
      const live = entity.traits.softDelete ? sql` where ${deletionGuard(entity, 'live').sql()}` : sql``
      const target = sql`(${columnList(conflict, entity)})${live}`
      const created = sql`(${this.#name}.xmax = 0)`
      return sql`insert into ${this.#name} ${content.sql()} on conflict ${target} do update set ${changes.sql()} where ${where.sql()} returning ${entity.selection}, ${created}`
    })
    if (rows[0] !== undefined) return rows[0]
    throw new ConflictError(`A row with this key exists already in ${entity.name}.`, { entity: entity.name, fields: onConflict })
  }

  /** Without a field to change, the row that is there stays as it is. */
  #overwrite(row: NewRow, conflict: readonly string[]): SqlPart {
    const { entity } = this
    const kept = new Set([...conflict, entity.key.name, 'createdBy', 'updatedBy', tenantField])
    const names = [...row.keys()].filter((name) => !kept.has(name))
    return listOf(names.length === 0 ? takeover(conflict, entity) : [...takeover(names, entity), ...stamps(entity)])
  }

  #change(tx: Transaction | undefined, changes: readonly SqlPart[], where: SqlPart, returning: SQL, answer: string): Promise<WireResult> {
    const set = listOf(changes)
    const build = () => sql`update ${this.#name} set ${set.sql()} where ${where.sql()}${returning}`
    return this.#run(tx, `update ${answer} ${set.shape};${where.shape}`, [...set.values, ...where.values], build)
  }

  #run(tx: Transaction | undefined, shape: string, values: SqlPart['values'], build: () => SQL): Promise<WireResult> {
    return this.#runner(tx).run({ text: this.#texts.get(shape, build), values: [...values] })
  }

  #runner(tx: Transaction | undefined): PostgresDatabase | SqlTransaction {
    if (tx === undefined) return this.#database
    return joinTransaction(tx, this.#database)
  }
}

/** The transaction as this database knows it. @throws UnsupportedError for one of another store or database */
export function joinTransaction(tx: Transaction, database: PostgresDatabase): SqlTransaction {
  requireStore(tx, 'postgres')
  requireSameStore(database)
  if (tx instanceof SqlTransaction) return tx
  throw new UnsupportedError('This is no transaction of a PostgreSQL database.')
}

/** The columns of the unique key: within a tenant, all but the row's own key are unique per tenant. @throws NotNullError */
function uniqueKey(row: NewRow, onConflict: readonly string[], entity: SqlEntity<unknown>): readonly string[] {
  const missing = onConflict.filter((name) => (row.get(name) ?? null) === null)
  if (missing.length > 0) throw new NotNullError(`A required value is missing in ${entity.name}.`, { entity: entity.name, fields: missing })
  const isOwnKey = onConflict.length === 1 && onConflict[0] === entity.key.name
  return entity.traits.tenant && !isOwnKey ? [...new Set([tenantField, ...onConflict])] : onConflict
}

function deletionGuard(entity: SqlEntity<unknown>, scope: 'live' | 'deleted'): SqlPart {
  const { column } = fieldOf(entity, 'deletedAt')
  return scope === 'live' ? constantPart('live', sql`${column} is null`) : constantPart('deleted', sql`${column} is not null`)
}

export function equals(entity: SqlEntity<unknown>, name: string, value: unknown): SqlPart {
  const field = fieldOf(entity, name)
  return { shape: `${name}=`, values: [encodeField(entity, field, value)], sql: () => sql`${field.column} = ${slot}` }
}
