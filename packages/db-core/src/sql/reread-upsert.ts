import { sql, type SQL, type Table as AnyTable } from 'drizzle-orm'
import type { Transaction } from '../repository/transaction.ts'
import { insertRows, keysOf, readKeys } from './reread-rows.ts'
import { overwritten } from './returning-writer.ts'
import type { WireResult, WireValue } from './sql-driver.ts'
import { fieldOf, type SqlEntity } from './sql-entity.ts'
import { allOf, joinSql, slot, type SqlPart } from './sql-part.ts'
import type { RawUpserted } from './sql-writer.ts'
import type { NewRow } from './new-row.ts'
import { columnList, stamps } from './sql-writes.ts'
import { hiddenRow, sameKey, type UpsertTarget } from './upsert-target.ts'

// What the insert leaves as its insertId when it met a row: numbers that no key will ever reach.
const metByKey = 2n ** 62n
const metOtherwise = 2n ** 62n + 1n

/**
 * One row. The insert changes no row that it meets but locks it, and tells by its insertId whether it met one, by the named key
 * and visible to the call: exact with any number of callers, and when there is nothing to change.
 */
export async function upsertOne<Table extends AnyTable>(target: UpsertTarget<Table>, tx: Transaction, row: NewRow): Promise<RawUpserted> {
  const where = sameKey(target, row)
  const result = await insertRows(target.table, tx, [row], meetingMark(target))
  const met = result.insertId === undefined ? undefined : BigInt(result.insertId)
  if (met === metByKey) return overwriteMet(target, tx, row, where)
  if (met === metOtherwise) return upsertBeside(target, tx, row, where)
  return inserted(target, tx, row, result)
}

/** The row that was met has another key in common, or is hidden. Without one of the named key, the plain insert fails as it must. */
async function upsertBeside<Table extends AnyTable>(
  target: UpsertTarget<Table>,
  tx: Transaction,
  row: NewRow,
  where: SqlPart,
): Promise<RawUpserted> {
  const [there] = await target.table.select(tx, { where, lock: { lock: 'update' } })
  if (there !== undefined) return overwriteMet(target, tx, row, where)
  return inserted(target, tx, row, await insertRows(target.table, tx, [row]))
}

async function inserted<Table extends AnyTable>(
  { table }: UpsertTarget<Table>,
  tx: Transaction,
  row: NewRow,
  result: WireResult,
): Promise<RawUpserted> {
  const [raw = []] = await readKeys(table, tx, keysOf(table, [row], result))
  return { raw, created: true }
}

/** @throws ConflictError for a row that the call may not see */
async function overwriteMet<Table extends AnyTable>(
  target: UpsertTarget<Table>,
  tx: Transaction,
  row: NewRow,
  where: SqlPart,
): Promise<RawUpserted> {
  const { table, conflict, plan } = target
  const { entity } = table
  const visible = allOf([where, table.visible()])
  const changes = overwritten([row], [...conflict, ...plan.kept], entity).map((name) => setWire(entity, name, row.get(name) ?? null))
  if (changes.length > 0) await table.updateAll(tx, [...changes, ...stamps(entity)], visible)
  const [raw] = await table.select(tx, { where: visible })
  if (raw === undefined) throw hiddenRow(target)
  return { raw, created: false }
}

function setWire(entity: SqlEntity<unknown>, name: string, value: WireValue): SqlPart {
  return { shape: name, values: [value], sql: () => sql`${sql.identifier(fieldOf(entity, name).column.name)} = ${slot}` }
}

/** What stands behind the row: for a row that is met, a change that changes nothing and leaves the mark. */
function meetingMark<Table extends AnyTable>({ table, conflict }: UpsertTarget<Table>): SqlPart {
  const { entity } = table
  const visible = table.visible()
  return {
    shape: `mark ${conflict.join()};${visible.shape}`,
    values: visible.values,
    sql: () => {
      const met = joinSql([...conflict.map((name) => isIncoming(entity, name)), visible.sql()], sql` and `)
      const changes = unchangedWithMark(entity, met)
      const parts = { columns: columnList(conflict, entity), onlyLive: undefined, changes, visible: entity.dialect.true }
      return sql` ${entity.dialect.onConflict(parts)}`
    },
  }
}

/** The column in the sum keeps the server from working the mark out beforehand, for rows that meet none. */
function unchangedWithMark({ key: { column } }: SqlEntity<unknown>, met: SQL): SQL {
  const number = sql`if(${met}, ${sql.raw(String(metByKey))}, ${sql.raw(String(metOtherwise))}) + 0 * length(${column})`
  return sql`${sql.identifier(column.name)} = if(last_insert_id(${number}) is null, ${column}, ${column})`
}

function isIncoming(entity: SqlEntity<unknown>, name: string): SQL {
  const { column } = fieldOf(entity, name)
  return sql`${column} = ${entity.dialect.incoming(sql`${sql.identifier(column.name)}`)}`
}
