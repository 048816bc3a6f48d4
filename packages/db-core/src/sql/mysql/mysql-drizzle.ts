import { Column, is, type SQL } from 'drizzle-orm'
import { fillPlaceholders, type Query } from 'drizzle-orm/sql'
import {
  MySqlDatabase,
  MySqlDialect,
  MySqlPreparedQuery,
  MySqlSession,
  type MySqlPreparedQueryConfig,
  type MySqlPreparedQueryHKT,
  type MySqlQueryResultHKT,
  type PreparedQueryHKTBase,
  type PreparedQueryKind,
  type SelectedFieldsOrdered,
} from 'drizzle-orm/mysql-core'
import { UnsupportedError } from '../../errors/repository-error.ts'
import { mapResultRow } from '../map-result-row.ts'
import type { RunStatement } from '../sql-connection.ts'
import type { WireResult } from '../sql-driver.ts'
import { decodeRows, encodeValues } from './mysql-values.ts'

/** A query without declared columns answers with objects whose keys are the database's column names. */
export interface MySqlObjectRows extends MySqlQueryResultHKT {
  type: this['row'][]
}

/** Drizzle over db-core's own connections: its errors are RepositoryErrors, its statements are prepared by their text. */
export type MySqlDrizzle = MySqlDatabase<MySqlObjectRows, PreparedQueryHKTBase>

const dialect = new MySqlDialect()

export function createMysqlDrizzle(run: RunStatement): MySqlDrizzle {
  return new MySqlDatabase(dialect, new PooledSession(run), undefined, 'default')
}

type RowMapper<Config extends MySqlPreparedQueryConfig> = (rows: unknown[][]) => Config['execute']

/** Like Drizzle's own sessions, but without its cache and its error wrapper, which puts parameters into the message. */
class PooledSession extends MySqlSession<MySqlObjectRows, PreparedQueryHKTBase> {
  readonly #run: RunStatement

  constructor(run: RunStatement) {
    super(dialect)
    this.#run = run
  }

  prepareQuery<Config extends MySqlPreparedQueryConfig, Kind extends MySqlPreparedQueryHKT>(
    query: Query,
    fields: SelectedFieldsOrdered | undefined,
    mapRows?: RowMapper<Config>,
    generatedIds?: Record<string, unknown>[],
    returningIds?: SelectedFieldsOrdered,
  ): PreparedQueryKind<Kind, Config> {
    const prepared = new PooledQuery<Config>(this.#run, { query, fields, mapRows, generatedIds, returningIds })
    // oxlint-disable-next-line typescript/consistent-type-assertions -- the kind of a prepared query is this class, which Drizzle's type cannot say
    return prepared as PreparedQueryKind<Kind, Config>
  }

  all<Row>(query: SQL): Promise<Row[]> {
    return this.execute<Row[]>(query)
  }

  /** Drizzle's own looks for the rows inside the pair that mysql2 answers with. */
  override async count(query: SQL): Promise<number> {
    const [row] = await this.all<{ readonly count: unknown }>(query)
    return Number(row?.count)
  }

  transaction(): Promise<never> {
    return Promise.reject(new UnsupportedError('Open transactions by database.transaction or tx.transaction.'))
  }
}

interface Prepared<Config extends MySqlPreparedQueryConfig> {
  readonly query: Query
  readonly fields: SelectedFieldsOrdered | undefined
  readonly mapRows: RowMapper<Config> | undefined
  /** Keys that Drizzle made by itself, row by row. */
  readonly generatedIds: Record<string, unknown>[] | undefined
  /** The key column, for `$returningId`. */
  readonly returningIds: SelectedFieldsOrdered | undefined
}

class PooledQuery<Config extends MySqlPreparedQueryConfig> extends MySqlPreparedQuery<Config> {
  /** Set by Drizzle's select builder, which knows about joins. */
  joinsNotNullableMap: Record<string, boolean> | undefined
  readonly #run: RunStatement
  readonly #prepared: Prepared<Config>

  constructor(run: RunStatement, prepared: Prepared<Config>) {
    super(undefined, undefined)
    this.#run = run
    this.#prepared = prepared
  }

  async execute(placeholders: Record<string, unknown> = {}): Promise<Config['execute']> {
    const { query, fields, mapRows, returningIds } = this.#prepared
    const values = this.#isScript() ? undefined : encodeValues(fillPlaceholders(query.params, placeholders))
    const result = await this.#run({ text: query.sql, values })
    if (mapRows) return mapRows(result.rows)
    if (fields) return result.rows.map((row) => mapResultRow(fields, withParsedJson(fields, row), this.joinsNotNullableMap))
    return returningIds ? this.#returnedIds(result, returningIds) : decodeRows(result.rows, result.columns)
  }

  async *iterator(placeholders?: Record<string, unknown>): AsyncGenerator<Config['iterator']> {
    const rows: unknown = await this.execute(placeholders)
    if (Array.isArray(rows)) yield* rows
  }

  /** Raw SQL without parameters: DDL cannot always be prepared, and several statements may stand together. */
  #isScript(): boolean {
    const { fields, mapRows, query } = this.#prepared
    return fields === undefined && mapRows === undefined && query.params.length === 0
  }

  /** One for each row: the key that was made before the insert, or else the one that the database counted. */
  #returnedIds({ count, insertId }: WireResult, returningIds: SelectedFieldsOrdered): Record<string, unknown>[] {
    const keys = returningIds.flatMap(({ path, field }) => {
      const name = path[0]
      return name !== undefined && is(field, Column) ? [name] : []
    })
    const { generatedIds } = this.#prepared
    return Array.from({ length: count }, (_, index) =>
      Object.fromEntries(
        keys.map((name) => [name, generatedIds?.[index]?.[name] ?? (insertId === undefined ? undefined : Number(insertId) + index)]),
      ),
    )
  }
}

/** Drizzle leaves it to drivers to parse JSON, and ours cannot tell on MariaDB which text is JSON. */
function withParsedJson(fields: SelectedFieldsOrdered, row: readonly unknown[]): unknown[] {
  return row.map((value, index) => {
    const field = fields[index]?.field
    return typeof value === 'string' && is(field, Column) && field.columnType === 'MySqlJson' ? JSON.parse(value) : value
  })
}
