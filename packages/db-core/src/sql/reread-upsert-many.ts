import { sql, type Table as AnyTable } from 'drizzle-orm'
import { ConflictError, SerializationError } from '../errors/repository-error.ts'
import type { Transaction } from '../repository/transaction.ts'
import { insertRows, keyIn, keyOf, keysOf, readKeys } from './reread-rows.ts'
import { overwrite } from './returning-writer.ts'
import type { WireResult, WireValue } from './sql-driver.ts'
import { fieldOf } from './sql-entity.ts'
import { allOf, joinSql, partsSql, type SqlPart } from './sql-part.ts'
import type { Raw, RawUpserted } from './sql-writer.ts'
import type { NewRow } from './new-row.ts'
import { columnList } from './sql-writes.ts'
import { hiddenRow, sameKey, sameNames, type UpsertTarget } from './upsert-target.ts'

/** Many rows: those that are there are locked and overwritten, the others inserted, each group by one statement. */
export async function upsertMany<Table extends AnyTable>(
  target: UpsertTarget<Table>,
  tx: Transaction,
  rows: readonly NewRow[],
): Promise<RawUpserted[]> {
  const there = await lockExisting(target, tx, rows)
  const keys = new Map<NewRow, WireValue>()
  for (const row of rows) {
    const raw = there.get(identityOf(target, row))
    if (raw !== undefined) keys.set(row, keyOf(target.table.entity, raw))
  }
  const fresh = rows.filter((row) => !keys.has(row))
  if (keys.size > 0) await overwriteExisting(target, tx, keys)
  if (fresh.length > 0) for (const [row, key] of await insertFresh(target, tx, fresh)) keys.set(row, key)
  const raws = await readKeys(target.table, tx, rows.map((row) => keys.get(row) ?? null)) // prettier-ignore
  const created = new Set(fresh)
  return rows.map((row, index) => ({ raw: raws[index] ?? [], created: created.has(row) }))
}

/** The rows that are there, by the values of the unique key; nobody else changes them from now on. */
async function lockExisting<Table extends AnyTable>(
  target: UpsertTarget<Table>,
  tx: Transaction,
  rows: readonly NewRow[],
): Promise<Map<string, Raw>> {
  const { table, conflict } = target
  const parts = rows.map((row) => sameKey(target, row))
  const where: SqlPart = {
    shape: `one of ${parts.length} ${parts[0]?.shape}`,
    values: parts.flatMap(({ values }) => values),
    sql: () => sql`(${joinSql(partsSql(parts), sql` or `)})`,
  }
  const found = await table.select(tx, { where, lock: { lock: 'update' } })
  const places = conflict.map((name) => fieldOf(table.entity, name).index)
  return new Map(found.map((raw) => [identity(places.map((place) => raw[place])), raw]))
}

function identityOf<Table extends AnyTable>({ conflict }: UpsertTarget<Table>, row: NewRow): string {
  return identity(conflict.map((name) => row.get(name)))
}

function identity(values: readonly unknown[]): string {
  return JSON.stringify(values.map(String))
}

/** Each row goes under the key of the one that is there, so that it meets that one and no other. @throws ConflictError */
async function overwriteExisting<Table extends AnyTable>(
  target: UpsertTarget<Table>,
  tx: Transaction,
  keys: ReadonlyMap<NewRow, WireValue>,
): Promise<void> {
  const { table } = target
  const { entity } = table
  const visible = await table.count(tx, allOf([keyIn(entity, [...keys.values()]), table.visible()]))
  if (visible < keys.size) throw hiddenRow(target)
  const rows = [...keys].map(([row, key]) => row.with(entity.keyField, key))
  for (const alike of Map.groupBy(rows, (row) => row.names.toSorted().join()).values()) await overwriteAlike(target, tx, alike)
}

/** Rows with the same fields: a field that a row does not name is not overwritten. */
async function overwriteAlike<Table extends AnyTable>(
  { table, conflict, plan }: UpsertTarget<Table>,
  tx: Transaction,
  rows: readonly NewRow[],
): Promise<void> {
  const { entity } = table
  const changes = overwrite(rows, [...conflict, ...plan.kept], entity)
  const parts = { columns: columnList([entity.keyField], entity), onlyLive: undefined, visible: entity.dialect.true }
  await insertRows(table, tx, rows, {
    shape: `overwrite ${changes.shape}`,
    values: changes.values,
    sql: () => sql` ${entity.dialect.onConflict({ ...parts, changes: changes.sql() })}`,
  })
}

/** A row that someone else inserted since the look is met by trying the whole transaction again. */
async function insertFresh<Table extends AnyTable>(
  { table, conflict }: UpsertTarget<Table>,
  tx: Transaction,
  rows: readonly NewRow[],
): Promise<(readonly [NewRow, WireValue])[]> {
  const result = await insertRows(table, tx, rows).catch((error: unknown): WireResult => {
    const raced = error instanceof ConflictError && sameNames(error.fields, conflict)
    throw raced ? new SerializationError('Another transaction was in the way; nothing was done.', { cause: error }) : error
  })
  const keys = keysOf(table, rows, result)
  return rows.map((row, index) => [row, keys[index] ?? null] as const)
}
