import { sql, type Table as AnyTable } from 'drizzle-orm'
import { UnknownDatabaseError, UnsupportedError } from '../errors/repository-error.ts'
import type { Transaction } from '../repository/transaction.ts'
import type { WireResult, WireValue } from './sql-driver.ts'
import type { SqlEntity } from './sql-entity.ts'
import type { SqlPart } from './sql-part.ts'
import type { SqlTable } from './sql-table.ts'
import type { Raw } from './sql-writer.ts'
import type { NewRow } from './new-row.ts'
import { compileRows } from './sql-writes.ts'

/** Inserts rows; `rest` stands behind them in the statement. */
export function insertRows<Table extends AnyTable>(
  table: SqlTable<Table>,
  tx: Transaction,
  rows: readonly NewRow[],
  rest: SqlPart = nothing,
): Promise<WireResult> {
  const { entity, name } = table
  const { dialect } = entity
  const content = compileRows(rows, entity)
  const build = () => dialect.render(sql`insert into ${name} `) + content.text() + dialect.render(rest.sql(), content.values.length)
  return table.run(tx, `insert ${content.shape};${rest.shape}`, [...content.values, ...rest.values], build)
}

const nothing: SqlPart = { shape: '', values: [], sql: () => sql`` }

/** The keys of inserted rows: those they were given, or those that the database counted for rows without. @throws UnsupportedError */
export function keysOf<Table extends AnyTable>(
  { entity }: SqlTable<Table>,
  rows: readonly NewRow[],
  { insertId }: WireResult,
): WireValue[] {
  const given = rows.flatMap((row) => row.get(entity.keyField) ?? [])
  if (given.length === rows.length) return given
  if (given.length === 0 && insertId !== undefined) return rows.map((_, index) => BigInt(insertId) + BigInt(index))
  throw new UnsupportedError(`Which keys these rows of ${entity.name} got is not known; insert them one at a time.`, {
    entity: entity.name,
  })
}

/** Rows by their keys, in the order of the keys, whoever may see them. */
export async function readKeys<Table extends AnyTable>(
  table: SqlTable<Table>,
  tx: Transaction,
  keys: readonly WireValue[],
): Promise<Raw[]> {
  const { key } = table.entity
  const rows = await table.select(tx, { where: keyIn(table.entity, keys) })
  const byKey = new Map(rows.map((row) => [String(row[key.index]), row]))
  return keys.map((wanted) => byKey.get(String(wanted)) ?? vanished(table.entity))
}

export function keyIn({ dialect, key }: SqlEntity<unknown>, keys: readonly WireValue[]): SqlPart {
  const list = dialect.inList(key, keys, false)
  return { ...list, shape: `${key.name} in ${list.shape}` }
}

/** The key of a row as it came, which is how it may be sent. */
export function keyOf(entity: SqlEntity<unknown>, row: Raw): WireValue {
  return entity.dialect.encode(row[entity.key.index]) ?? null
}

/** A trigger, or a key that the database stores otherwise than it was written: nothing that can be answered truthfully. */
function vanished(entity: SqlEntity<unknown>): never {
  throw new UnknownDatabaseError(`A row of ${entity.name} is not found under the key it was written with.`, { entity: entity.name })
}
