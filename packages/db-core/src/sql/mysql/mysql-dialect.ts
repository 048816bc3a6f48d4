import { sql, type Column, type SQL } from 'drizzle-orm'
import { MySqlDialect } from 'drizzle-orm/mysql-core'
import type { LockOptions } from '../../repository/repository.ts'
import type { TransactionOptions } from '../../repository/transaction.ts'
import type { SqlDialect } from '../sql-dialect.ts'
import type { SqlField } from '../sql-field.ts'
import { likePattern } from '../sql-filters.ts'
import { slot } from '../sql-part.ts'
import { isExactText, isText, uuidType } from './mysql-columns.ts'
import { columnDecoder } from './mysql-column-types.ts'
import { encodeFor } from './mysql-encoding.ts'
import { inList } from './mysql-lists.ts'
import { exactly, exactSlot, folded, textOf } from './mysql-text.ts'
import { mysqlSearch } from './mysql-search.ts'
import { onMariadb, onMysql } from './mysql-servers.ts'
import { describeMysqlTable } from './mysql-tables.ts'
import { decodeRows, encodeValue, encodeValues } from './mysql-values.ts'

const dialect = new MySqlDialect()

/** MariaDB and MySQL 8: what a write did is read again, for MySQL has no RETURNING. */
export const mysqlDialect: SqlDialect = {
  store: 'mysql',
  maxParameters: 65_535,
  answers: 'reread',
  defaultCells: true,
  comparesRows: false,
  describeTable: describeMysqlTable,
  kindOf: ({ column }) => kindOf(column),
  render: (query) => dialect.sqlToQuery(query).sql,
  compile(query) {
    const { sql: text, params } = dialect.sqlToQuery(query)
    return { text, values: params.length === 0 ? undefined : encodeValues(params) }
  },
  decodeRows,
  rowsFromLists: () => undefined,
  renderCells: (rows) => rows.map((row) => `(${row.map((given) => (given ? '?' : 'default')).join(', ')})`).join(', '),
  encode: (value, column) => (column ? encodeFor(column, value) : encodeValue(value)),
  encodeCount: (count) => count,
  decoder: ({ column }) => columnDecoder(column),
  begin: beginStatements,
  now: sql`now(3)`,
  true: sql`true`,
  false: sql`false`,
  operands: (field, ignoreCase) =>
    ignoreCase
      ? { plain: folded(field), ordered: folded(field), value: sql`lower(${exactSlot}) ${exactly}` }
      : { plain: columnOf(field), ordered: columnOf(field), value: field.kind === 'text' ? exactSlot : sql`${slot}` },
  isDistinct: (left, right) => sql`not (${left} <=> ${right})`,
  isNotTrue: (condition) => sql`((${condition}) is not true)`,
  inList,
  encodePattern: likePattern,
  like: (field, ignoreCase) =>
    ignoreCase
      ? sql`${folded(field)} like lower(${exactSlot}) ${exactly} escape '\\'`
      : sql`${textOf(field)} like ${exactSlot} escape '\\'`,
  ...mysqlSearch,
  orderBy: orderSql,
  lock: lockSql,
  onConflict: ({ changes }) => sql`on duplicate key update ${changes}`,
  incoming: (column) => sql`values(${column})`,
  created: () => undefined,
}

function kindOf(column: Column): SqlField['kind'] {
  if (isText(column)) return 'text'
  return column.getSQLType() === uuidType ? 'uuid' : 'other'
}

function columnOf({ column }: SqlField): SQL {
  return sql`${column}`
}

/** Nulls sort lowest here; where they shall stand elsewhere, whether a value is null is a key of its own. */
function orderSql(field: SqlField, direction: 'asc' | 'desc', nulls: 'first' | 'last'): SQL {
  const byDefault = direction === 'asc' ? 'first' : 'last'
  const order = sql`${sortable(field)} ${sql.raw(direction)}`
  if (field.column.notNull || nulls === byDefault) return order
  return sql`${field.column} is null ${sql.raw(nulls === 'last' ? 'asc' : 'desc')}, ${order}`
}

function sortable(field: SqlField): SQL {
  const known = field.kind !== 'text' || isExactText(field.column.getSQLType())
  return known ? columnOf(field) : sql`${field.column} ${exactly}`
}

function beginStatements({ isolation, readOnly }: TransactionOptions): readonly string[] {
  const start = readOnly ? 'start transaction read only' : 'start transaction'
  return isolation === undefined ? [start] : [`set transaction isolation level ${isolation}`, start]
}

const waits = { wait: '', nowait: ' nowait', skip: ' skip locked' } as const

function lockSql({ lock = 'update', onLocked = 'wait' }: Pick<LockOptions, 'lock' | 'onLocked'>): SQL {
  const strength = lock === 'update' ? 'for update' : `${onMariadb('lock in share mode')}${onMysql('for share')}`
  return sql.raw(strength + waits[onLocked])
}
