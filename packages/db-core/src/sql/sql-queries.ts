import type { SQLWrapper } from 'drizzle-orm'
import type { RunStatement } from './sql-connection.ts'
import type { SqlDialect } from './sql-dialect.ts'

/** Runs a query at once and gives its rows as objects; the caller names their type, as with any raw SQL. */
export async function objectRows<Row extends Record<string, unknown>>(
  dialect: SqlDialect,
  run: RunStatement,
  query: SQLWrapper,
): Promise<Row[]> {
  const { rows, columns } = await run(dialect.compile(query.getSQL()))
  // oxlint-disable-next-line typescript/consistent-type-assertions -- raw SQL: only its author knows what it answers
  return dialect.decodeRows(rows, columns) as Row[]
}

export async function affectedRows(dialect: SqlDialect, run: RunStatement, query: SQLWrapper): Promise<number> {
  const { count } = await run(dialect.compile(query.getSQL()))
  return count
}
