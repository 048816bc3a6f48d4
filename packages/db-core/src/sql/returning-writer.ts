import { sql, type Table as AnyTable } from 'drizzle-orm'
import { ConflictError, NotNullError, UnknownDatabaseError, UnsupportedError } from '../errors/repository-error.ts'
import { tenantField } from '../mixins/traits.ts'
import type { Transaction } from '../repository/transaction.ts'
import type { SqlEntity } from './sql-entity.ts'
import type { SqlPart } from './sql-part.ts'
import { deletionGuard } from './sql-scope.ts'
import type { SqlTable } from './sql-table.ts'
import type { KeyedChange, Raw, RawUpserted, SqlWriter, UpsertPlan } from './sql-writer.ts'
import type { NewRow } from './new-row.ts'
import { columnList, compileRows, listOf, stamps, takeover } from './sql-writes.ts'

/** Writes on databases that answer by RETURNING: one statement each. */
export class ReturningWriter<Table extends AnyTable> implements SqlWriter {
  readonly #table: SqlTable<Table>

  constructor(table: SqlTable<Table>) {
    this.#table = table
  }

  async insert(tx: Transaction | undefined, rows: readonly NewRow[]): Promise<Raw[]> {
    const { entity, name } = this.#table
    const { dialect, selection } = entity
    const content = compileRows(rows, entity)
    const build = () => dialect.render(sql`insert into ${name} `) + content.text() + dialect.render(sql` returning ${selection}`)
    const { rows: raws } = await this.#table.run(tx, `insert ${content.shape}`, content.values, build)
    // A trigger or a rule of the database can swallow a row, and then it is not known whose the others are.
    if (raws.length === rows.length) return raws
    throw new UnknownDatabaseError(`The database did not keep every row of ${entity.name}.`, { entity: entity.name })
  }

  async updateByKey(tx: Transaction | undefined, { changes, where }: KeyedChange): Promise<Raw | undefined> {
    const { entity, name } = this.#table
    const set = listOf(changes)
    const build = () => entity.dialect.render(sql`update ${name} set ${set.sql()} where ${where.sql()} returning ${entity.selection}`)
    const shape = `update row ${set.shape};${where.shape}`
    const { rows } = await this.#table.run(tx, shape, [...set.values, ...where.values], build)
    return rows[0]
  }

  async upsert(tx: Transaction | undefined, rows: readonly NewRow[], plan: UpsertPlan): Promise<RawUpserted[]> {
    const { entity } = this.#table
    const visible = this.#table.visible()
    const store = async (inner: Transaction | undefined) => {
      const raws = await this.#upsert(inner, rows, plan, visible)
      if (raws.length === rows.length) return raws.map((raw) => ({ raw, created: raw.at(-1) === true || raw.at(-1) === 1 }))
      throw new ConflictError(`A row with this key exists already in ${entity.name}.`, { entity: entity.name, fields: plan.onConflict })
    }
    // A row that the call may not see is left as it is, and the others must be as well.
    return await (rows.length > 1 && visible.shape !== 'true' ? this.#table.undoable(tx, store) : store(tx))
  }

  async #upsert(tx: Transaction | undefined, rows: readonly NewRow[], plan: UpsertPlan, visible: SqlPart): Promise<Raw[]> {
    const { entity, name } = this.#table
    const { dialect, selection } = entity
    const conflict = uniqueKey(rows, plan.onConflict, entity)
    const content = compileRows(rows, entity)
    const changes = overwrite(rows, [...conflict, ...plan.kept], entity)
    const values = [...content.values, ...changes.values, ...visible.values]
    const created = dialect.created(name)
    if (created === undefined) throw new UnsupportedError('This database does not tell created rows from updated ones.')
    const shape = `upsert ${content.shape};${conflict.join()};${changes.shape};${visible.shape}`
    const result = await this.#table.run(tx, shape, values, () => {
      const onlyLive = entity.traits.softDelete ? deletionGuard(entity, 'live').sql() : undefined
      const parts = { columns: columnList(conflict, entity), onlyLive, changes: changes.sql(), visible: visible.sql() }
      const rest = sql` ${dialect.onConflict(parts)} returning ${selection}, ${created}`
      return dialect.render(sql`insert into ${name} `) + content.text() + dialect.render(rest, content.values.length)
    })
    return result.rows
  }
}

/** What an upsert changes of a row that is there: without a field to change, it stays as it is. */
export function overwrite(rows: readonly NewRow[], conflict: readonly string[], entity: SqlEntity<unknown>): SqlPart {
  const names = overwritten(rows, conflict, entity)
  return listOf(names.length === 0 ? takeover(conflict, entity) : [...takeover(names, entity), ...stamps(entity)])
}

/** The fields that an upsert takes over from its input: not those that tell which row it is, and whose. */
export function overwritten(rows: readonly NewRow[], conflict: readonly string[], entity: SqlEntity<unknown>): string[] {
  const kept = new Set([...conflict, entity.keyField, 'createdBy', 'updatedBy', tenantField])
  return [...new Set(rows.flatMap((row) => row.names))].filter((name) => !kept.has(name))
}

/** The columns of the unique key: within a tenant, all but the row's own key are unique per tenant. @throws NotNullError */
export function uniqueKey(rows: readonly NewRow[], onConflict: readonly string[], entity: SqlEntity<unknown>): readonly string[] {
  const missing = onConflict.filter((name) => rows.some((row) => (row.get(name) ?? null) === null))
  if (missing.length > 0) throw new NotNullError(`A required value is missing in ${entity.name}.`, { entity: entity.name, fields: missing })
  const isOwnKey = onConflict.length === 1 && onConflict[0] === entity.keyField
  return entity.traits.tenant && !isOwnKey ? [...new Set([tenantField, ...onConflict])] : onConflict
}
