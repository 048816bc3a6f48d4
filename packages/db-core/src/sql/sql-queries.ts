import type { SQLWrapper } from 'drizzle-orm'
import { dialect, type RunStatement, type SqlDrizzle } from './sql-drizzle.ts'
import { encodeValues } from './sql-values.ts'

/** Runs a query at once and gives its rows as objects; the caller names their type, as with any raw SQL. */
export async function objectRows<Row extends Record<string, unknown>>(drizzle: SqlDrizzle, query: SQLWrapper): Promise<Row[]> {
  return await drizzle.execute<Row>(query)
}

export async function affectedRows(run: RunStatement, query: SQLWrapper): Promise<number> {
  const { sql: text, params } = dialect.sqlToQuery(query.getSQL())
  const { count } = await run({ text, values: params.length === 0 ? undefined : encodeValues(params) })
  return count
}
