import { sql, type SQL, type Table as AnyTable } from 'drizzle-orm'
import { visibleTenant } from '../mixins/tenant.ts'
import { tenantField } from '../mixins/traits.ts'
import type { Scope } from '../repository/repository.ts'
import type { Transaction } from '../repository/transaction.ts'
import { ReturningWriter } from './returning-writer.ts'
import type { SqlDatabase } from './sql-database.ts'
import type { WireResult, WireValue } from './sql-driver.ts'
import { describeTable, encodeField, fieldOf, type RowOf, type SqlEntity } from './sql-entity.ts'
import { allOf, constantPart, slot, StatementTexts, type SqlPart } from './sql-part.ts'
import { listOf } from './sql-writes.ts'
import type { Raw, SqlWriter } from './sql-writer.ts'

export interface Selection {
  readonly where: SqlPart
  readonly order?: SqlPart
  readonly limit?: number
  readonly offset?: number
}

/** The statements of one table: each text is made once per shape and then only given values. */
export class SqlTable<Table extends AnyTable> {
  readonly entity: SqlEntity<RowOf<Table>>
  readonly name: SQL
  readonly database: SqlDatabase<unknown>
  readonly writer: SqlWriter
  readonly #texts = new StatementTexts()
  readonly #keyTexts = new Map<string, string>()

  constructor(database: SqlDatabase<unknown>, table: Table) {
    this.entity = describeTable(table, database.dialect)
    this.database = database
    this.name = sql`${table}`
    this.writer = new ReturningWriter(this)
    database.learn(table)
  }

  /** What the call may see: its scope and its tenant. @throws InvalidValueError when a tenant is needed and none is set */
  visible(scope: Scope = 'live'): SqlPart {
    const { entity } = this
    const tenant = entity.traits.tenant ? visibleTenant(entity.name) : undefined
    const scoped = this.#scoped(scope)
    return tenant === undefined ? scoped : allOf([scoped, equals(entity, tenantField, tenant)])
  }

  byKey(id: unknown): SqlPart {
    return equals(this.entity, this.entity.key.name, id)
  }

  /** One row by its key: the text is found without building its shape. */
  async selectByKey(tx: Transaction | undefined, id: unknown, scope: Scope = 'live'): Promise<Raw | undefined> {
    const { entity } = this
    const tenant = entity.traits.tenant ? visibleTenant(entity.name) : undefined
    const values = [encodeField(entity, entity.key, id)]
    if (tenant !== undefined) values.push(encodeField(entity, fieldOf(entity, tenantField), tenant))
    const shape = tenant === undefined ? scope : `${scope} of a tenant`
    const { rows } = await this.#runner(tx).run({ text: this.#keyTexts.get(shape) ?? this.#keyText(shape, id, scope), values })
    return rows[0]
  }

  async select(tx: Transaction | undefined, { where, order, limit, offset }: Selection): Promise<Raw[]> {
    const { dialect, selection } = this.entity
    const bounds = [limit, offset].filter((bound) => bound !== undefined).map((bound) => dialect.encodeCount(bound))
    const shape = `select ${where.shape};${order?.shape ?? ''};${bounds.length}`
    const { rows } = await this.run(tx, shape, [...where.values, ...bounds], () => {
      const ordered = order ? sql` order by ${order.sql()}` : sql``
      const limited = limit === undefined ? sql`` : sql` limit ${slot}`
      const skipped = offset === undefined ? sql`` : sql` offset ${slot}`
      return dialect.render(sql`select ${selection} from ${this.name} where ${where.sql()}${ordered}${limited}${skipped}`)
    })
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
    return this.#runner(tx).run({ text: this.#texts.get(shape, build), values: [...values] })
  }

  #keyText(shape: string, id: unknown, scope: Scope): string {
    const { entity } = this
    const where = allOf([this.byKey(id), this.visible(scope)])
    const text = this.#render(sql`select ${entity.selection} from ${this.name} where ${where.sql()}`)
    this.#keyTexts.set(shape, text)
    return text
  }

  #scoped(scope: Scope): SqlPart {
    const { dialect, traits } = this.entity
    if (scope === 'all') return constantPart('true', dialect.true)
    if (traits.softDelete) return deletionGuard(this.entity, scope)
    return scope === 'live' ? constantPart('true', dialect.true) : constantPart('false', dialect.false)
  }

  #render(query: SQL): string {
    return this.entity.dialect.render(query)
  }

  #runner(tx: Transaction | undefined): Pick<SqlDatabase<unknown>, 'run'> {
    return tx === undefined ? this.database : this.database.join(tx)
  }
}

export function deletionGuard(entity: SqlEntity<unknown>, scope: 'live' | 'deleted'): SqlPart {
  const { column } = fieldOf(entity, 'deletedAt')
  return scope === 'live' ? constantPart('live', sql`${column} is null`) : constantPart('deleted', sql`${column} is not null`)
}

export function equals(entity: SqlEntity<unknown>, name: string, value: unknown): SqlPart {
  const field = fieldOf(entity, name)
  return {
    shape: `${name}=`,
    values: [encodeField(entity, field, value)],
    sql: () => {
      const { plain, value: mark } = entity.dialect.operands(field, false)
      return sql`${plain} = ${mark}`
    },
  }
}
