import type { SQL, SQLWrapper } from 'drizzle-orm'
import type { SqlStatement } from './sql-connection.ts'
import { dialect, type RunStatement } from './sql-drizzle.ts'
import { decodeRows, encodeValues } from './sql-values.ts'

/** Runs a query and gives its rows as objects. The caller names the row's type, as with any raw SQL. */
export async function objectRows<Row extends Record<string, unknown>>(run: RunStatement, query: SQLWrapper | SQL): Promise<Row[]> {
  const { rows, columns } = await run(toStatement(query))
  return decodeRows(rows, columns) as Row[]
}

export async function affectedRows(run: RunStatement, query: SQLWrapper | SQL): Promise<number> {
  const { count } = await run(toStatement(query))
  return count
}

/** A query without parameters is sent as a script, since DDL cannot be prepared. */
function toStatement(query: SQLWrapper | SQL): SqlStatement {
  const { sql: text, params } = dialect.sqlToQuery(query.getSQL())
  return { text, values: params.length === 0 ? undefined : encodeValues(params) }
}
