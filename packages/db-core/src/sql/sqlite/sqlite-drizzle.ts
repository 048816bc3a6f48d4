import { fillPlaceholders, type Query } from 'drizzle-orm/sql'
import {
  BaseSQLiteDatabase,
  SQLiteAsyncDialect,
  SQLitePreparedQuery,
  SQLiteSession,
  type PreparedQueryConfig,
  type SelectedFieldsOrdered,
  type SQLiteExecuteMethod,
} from 'drizzle-orm/sqlite-core'
import { UnsupportedError } from '../../errors/repository-error.ts'
import { mapResultRow } from '../map-result-row.ts'
import type { RunStatement } from '../sql-connection.ts'
import { encodeValues, objectRows } from './sqlite-values.ts'

/** What a write without RETURNING answers. */
export interface SqliteChanges {
  readonly changes: number
}

/** Drizzle over db-core's own connections: its errors are RepositoryErrors, its statements are prepared by their text. */
export type SqliteDrizzle = BaseSQLiteDatabase<'async', SqliteChanges>

type NoSchema = Record<string, never>

export const drizzleDialect = new SQLiteAsyncDialect()

export function createSqliteDrizzle(run: RunStatement): SqliteDrizzle {
  return new BaseSQLiteDatabase('async', drizzleDialect, new PooledSession(run), undefined)
}

/** Like Drizzle's own sessions, but without its cache and its error wrapper, which puts parameters into the message. */
class PooledSession extends SQLiteSession<'async', SqliteChanges, NoSchema, NoSchema> {
  readonly #run: RunStatement

  constructor(run: RunStatement) {
    super(drizzleDialect)
    this.#run = run
  }

  prepareQuery(
    query: Query,
    fields: SelectedFieldsOrdered | undefined,
    method: SQLiteExecuteMethod,
    _isArrayMode: boolean,
    mapRows?: MapRows,
  ): PooledQuery {
    return new PooledQuery(this.#run, query, { fields, method, mapRows })
  }

  transaction(): Promise<never> {
    return Promise.reject(new UnsupportedError('Open transactions by database.transaction or tx.transaction.'))
  }
}

type MapRows = (rows: unknown[][]) => unknown

interface Shape {
  readonly fields: SelectedFieldsOrdered | undefined
  readonly method: SQLiteExecuteMethod
  readonly mapRows: MapRows | undefined
}

class PooledQuery extends SQLitePreparedQuery<PreparedQueryConfig & { type: 'async' }> {
  /** Set by Drizzle's select builder, which knows about joins. */
  joinsNotNullableMap: Record<string, boolean> | undefined
  readonly #run: RunStatement
  readonly #shape: Shape

  constructor(run: RunStatement, query: Query, shape: Shape) {
    super('async', shape.method, query)
    this.#run = run
    this.#shape = shape
  }

  async run(placeholders?: Record<string, unknown>): Promise<SqliteChanges> {
    const { count } = await this.#send(placeholders)
    return { changes: count }
  }

  async all(placeholders?: Record<string, unknown>): Promise<unknown> {
    const { rows, columns } = await this.#send(placeholders)
    const { fields, mapRows } = this.#shape
    if (mapRows) return mapRows(rows)
    return fields ? rows.map((row) => mapResultRow(fields, row, this.joinsNotNullableMap)) : objectRows(rows, columns)
  }

  async get(placeholders?: Record<string, unknown>): Promise<unknown> {
    const rows = await this.all(placeholders)
    return Array.isArray(rows) ? rows[0] : rows
  }

  async values(placeholders?: Record<string, unknown>): Promise<unknown[][]> {
    const { rows } = await this.#send(placeholders)
    return rows
  }

  #send(placeholders: Record<string, unknown> = {}): ReturnType<RunStatement> {
    const { sql: text, params } = this.query
    const isScript = this.#shape.fields === undefined && params.length === 0
    return this.#run({ text, values: isScript ? undefined : encodeValues(fillPlaceholders(params, placeholders)) })
  }
}
