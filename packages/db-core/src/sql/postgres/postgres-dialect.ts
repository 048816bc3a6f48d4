import { sql, type SQL } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import type { LockOptions } from '../../repository/repository.ts'
import type { TransactionOptions } from '../../repository/transaction.ts'
import type { SqlDialect } from '../sql-dialect.ts'
import type { SqlField } from '../sql-field.ts'
import { likePattern } from '../sql-filters.ts'
import { slot } from '../sql-part.ts'
import { columnDecoder } from './postgres-arrays.ts'
import { rowsFromLists } from './postgres-lists.ts'
import { describePostgresTable } from './postgres-tables.ts'
import { decodeRows, encodeValue, encodeValues } from './postgres-values.ts'
import { postgresSearch } from './postgres-search.ts'

const textTypes = new Set(['PgText', 'PgVarchar', 'PgChar'])
const plain = new PgDialect()

/** PostgreSQL: every value travels as text, lists as arrays, and every write answers by RETURNING. */
export const postgresDialect: SqlDialect = {
  store: 'postgres',
  // PostgreSQL counts parameters in 16 bits; the driver takes one less than it could.
  maxParameters: 65_534,
  answers: 'returning',
  defaultCells: true,
  comparesRows: true,
  describeTable: describePostgresTable,
  kindOf: ({ column }) => (textTypes.has(column.columnType) ? 'text' : column.columnType === 'PgUUID' ? 'uuid' : 'other'),
  render: (query, parametersBefore = 0) => dialectAfter(parametersBefore).sqlToQuery(query).sql,
  compile(query) {
    const { sql: text, params } = plain.sqlToQuery(query)
    return { text, values: params.length === 0 ? undefined : encodeValues(params) }
  },
  decodeRows,
  renderCells,
  rowsFromLists,
  encode: encodeValue,
  encodeCount: String,
  decoder: ({ column }) => columnDecoder(column),
  begin: (options) => [beginText(options)],
  now: sql`now()`,
  true: sql`true`,
  false: sql`false`,
  operands: (field, ignoreCase) =>
    ignoreCase ? foldedOperands(field) : { plain: columnOf(field), ordered: sortable(field), value: slotSql },
  isDistinct: (left, right) => sql`${left} is distinct from ${right}`,
  isNotTrue: (condition) => sql`(${condition}) is not true`,
  inList: (field, values, ignoreCase) => ({
    shape: 'list',
    values: [encodeValue(values)],
    sql: () => (ignoreCase ? sql`${folded(field)} = any(${foldedList})` : sql`${columnOf(field)} = any(${slot})`),
  }),
  encodePattern: likePattern,
  like: (field, ignoreCase) =>
    ignoreCase ? sql`${folded(field)} like lower(${slot}::text) escape '\\'` : sql`${textOf(field)} like ${slot} escape '\\'`,
  ...postgresSearch,
  orderBy: orderSql,
  lock: lockSql,
  onConflict({ columns, onlyLive, changes, visible }) {
    const live = onlyLive ? sql` where ${onlyLive}` : sql``
    return sql`on conflict (${columns})${live} do update set ${changes} where ${visible}`
  },
  incoming: (column) => sql`excluded.${column}`,
  created: (table) => sql`(${table}.xmax = 0)`,
}

const slotSql = sql`${slot}`
const foldedList = sql`array(select lower(item) from unnest(${slot}::text[]) as item)`

/** Drizzle counts parameters from 1 in each text; a text that follows cells goes on after them. */
function dialectAfter(parameters: number): PgDialect {
  if (parameters === 0) return plain
  const dialect = new PgDialect()
  dialect.escapeParam = (index) => `$${parameters + index + 1}`
  return dialect
}

function renderCells(rows: readonly (readonly boolean[])[]): string {
  let last = 0
  const cell = (given: boolean) => (given ? `$${++last}` : 'default')
  return rows.map((row) => `(${row.map(cell).join(', ')})`).join(', ')
}

function beginText({ isolation, readOnly }: TransactionOptions): string {
  return ['begin', isolation && `isolation level ${isolation}`, readOnly && 'read only'].filter(Boolean).join(' ')
}

function columnOf({ column }: SqlField): SQL {
  return sql`${column}`
}

/** Text in the order of its code points, as every other store sorts it. */
function sortable(field: SqlField): SQL {
  return field.kind === 'text' ? sql`${field.column} collate "C"` : columnOf(field)
}

function textOf({ column, kind }: SqlField): SQL {
  return kind === 'text' ? sql`${column}` : sql`${column}::text`
}

function folded(field: SqlField): SQL {
  return sql`lower(${textOf(field)})`
}

/** Both sides are folded by the database, so that they are folded alike. */
function foldedOperands(field: SqlField): ReturnType<SqlDialect['operands']> {
  return { plain: folded(field), ordered: sql`${folded(field)} collate "C"`, value: sql`lower(${slot}::text)` }
}

function orderSql(field: SqlField, direction: 'asc' | 'desc', nulls: 'first' | 'last'): SQL {
  const byDefault = direction === 'asc' ? 'last' : 'first'
  const placement = field.column.notNull || nulls === byDefault ? '' : ` nulls ${nulls}`
  return sql`${sortable(field)} ${sql.raw(direction + placement)}`
}

const waits = { wait: '', nowait: ' nowait', skip: ' skip locked' } as const

function lockSql({ lock = 'update', onLocked = 'wait' }: Pick<LockOptions, 'lock' | 'onLocked'>): SQL {
  return sql.raw(`for ${lock}${waits[onLocked]}`)
}
