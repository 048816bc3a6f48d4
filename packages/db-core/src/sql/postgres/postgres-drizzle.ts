import { Column, is } from 'drizzle-orm'
import { fillPlaceholders, type Query } from 'drizzle-orm/sql'
import {
  PgDatabase,
  PgDialect,
  PgPreparedQuery,
  PgSession,
  type PgQueryResultHKT,
  type PreparedQueryConfig,
  type SelectedFieldsOrdered,
} from 'drizzle-orm/pg-core'
import { UnsupportedError } from '../../errors/repository-error.ts'
import { mapResultRow } from '../map-result-row.ts'
import type { RunStatement } from '../sql-connection.ts'
import { decodeRows, encodeValues } from './postgres-values.ts'

/** A query without declared columns answers with objects whose keys are the database's column names. */
export interface ObjectRows extends PgQueryResultHKT {
  type: this['row'][]
}

/** Drizzle over db-core's own pool: its errors are RepositoryErrors, its statements are prepared by their text. */
export type PostgresDrizzle = PgDatabase<ObjectRows>

const dialect = new PgDialect()

export function createPostgresDrizzle(run: RunStatement): PostgresDrizzle {
  return new PgDatabase<ObjectRows>(dialect, new PooledSession(run), undefined)
}

/** Like Drizzle's own sessions, but without its cache and its error wrapper, which puts parameters into the message. */
class PooledSession extends PgSession<ObjectRows> {
  readonly #run: RunStatement

  constructor(run: RunStatement) {
    super(dialect)
    this.#run = run
  }

  prepareQuery<Config extends PreparedQueryConfig>(
    query: Query,
    fields: SelectedFieldsOrdered | undefined,
    _name: string | undefined,
    _isArrayMode: boolean,
    mapRows?: (rows: unknown[][]) => Config['execute'],
  ): PgPreparedQuery<Config> {
    return new PooledQuery<Config>(this.#run, query, fields, mapRows)
  }

  transaction(): Promise<never> {
    return Promise.reject(new UnsupportedError('Open transactions by database.transaction or tx.transaction.'))
  }
}

class PooledQuery<Config extends PreparedQueryConfig> extends PgPreparedQuery<Config> {
  /** Set by Drizzle's select builder, which knows about joins. */
  joinsNotNullableMap: Record<string, boolean> | undefined
  readonly #run: RunStatement
  readonly #fields: SelectedFieldsOrdered | undefined
  readonly #mapRows: ((rows: unknown[][]) => Config['execute']) | undefined
  #columns: readonly PlainColumn[] | undefined

  constructor(
    run: RunStatement,
    query: Query,
    fields: SelectedFieldsOrdered | undefined,
    mapRows: ((rows: unknown[][]) => Config['execute']) | undefined,
  ) {
    super(query, undefined, undefined)
    this.#run = run
    this.#fields = fields
    this.#mapRows = mapRows
    this.#columns = fields && plainColumns(fields)
  }

  async execute(placeholders: Record<string, unknown> = {}): Promise<Config['execute']> {
    const { sql: text, params } = this.query
    const values = this.#isScript() ? undefined : encodeValues(fillPlaceholders(params, placeholders))
    const { rows, columns } = await this.#run({ text, values })
    if (this.#mapRows) return this.#mapRows(rows)
    if (this.#columns) return mapPlainRows(this.#columns, rows)
    const fields = this.#fields
    return fields ? rows.map((row) => mapResultRow(fields, row, this.joinsNotNullableMap)) : decodeRows(rows, columns)
  }

  /** Raw SQL without parameters: DDL cannot be prepared, and several statements may stand together. */
  #isScript(): boolean {
    return this.#fields === undefined && this.query.params.length === 0
  }

  all(placeholders?: Record<string, unknown>): Promise<Config['execute']> {
    return this.execute(placeholders)
  }
}

interface PlainColumn {
  readonly key: string
  readonly column: Column
}

/** The columns, when each row is a flat object of table columns, which is the common and the fast case. */
function plainColumns(fields: SelectedFieldsOrdered): PlainColumn[] | undefined {
  const columns = fields.flatMap(({ path, field }) => {
    const key = path[0]
    return path.length === 1 && key !== undefined && is(field, Column) ? [{ key, column: field }] : []
  })
  return columns.length === fields.length ? columns : undefined
}

function mapPlainRows(columns: readonly PlainColumn[], rows: readonly unknown[][]): Record<string, unknown>[] {
  return rows.map((row) => {
    const object: Record<string, unknown> = {}
    for (let index = 0; index < columns.length; index++) {
      const target = columns[index]
      const value = row[index]
      if (target) object[target.key] = value === null ? null : target.column.mapFromDriverValue(value)
    }
    return object
  })
}
