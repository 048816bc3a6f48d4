import { Column, sql, type SQL } from 'drizzle-orm'
import { InvalidFilterError, UnsupportedError } from '../../errors/repository-error.ts'
import type { TextOperator } from '../../filters/parse-filter.ts'
import type { SqlDialect } from '../sql-dialect.ts'
import type { SqlField } from '../sql-field.ts'
import { slot } from '../sql-part.ts'
import { now, uuidColumn } from './sqlite-columns.ts'
import { beginTexts } from './sqlite-control.ts'
import { maxParameters } from './sqlite-driver.ts'
import { drizzleDialect } from './sqlite-drizzle.ts'
import { sqliteFunctions } from './sqlite-functions.ts'
import { describeSqliteTable } from './sqlite-tables.ts'
import { encodeList, encodeValue, encodeValues, objectRows } from './sqlite-values.ts'

/** SQLite: text is compared by code points, folded and searched by functions of ours, and every write answers by RETURNING. */
export const sqliteDialect: SqlDialect = {
  store: 'sqlite',
  maxParameters,
  answers: 'returning',
  defaultCells: false,
  comparesRows: true,
  describeTable: describeSqliteTable,
  kindOf: ({ column }) => (column.columnType === 'SQLiteText' ? 'text' : column.columnType === uuidColumn ? 'uuid' : 'other'),
  render: (query) => drizzleDialect.sqlToQuery(query).sql,
  compile(query) {
    const { sql: text, params } = drizzleDialect.sqlToQuery(query)
    return { text, values: params.length === 0 ? undefined : encodeValues(params) }
  },
  decodeRows: objectRows,
  rowsFromLists: () => undefined,
  renderCells: (rows) => rows.map((row) => `(${row.map(() => '?').join(', ')})`).join(', '),
  encode: encodeValue,
  encodeCount: (count) => count,
  decoder: ({ column }) =>
    column.mapFromDriverValue === Column.prototype.mapFromDriverValue ? undefined : (value) => column.mapFromDriverValue(value),
  begin: beginTexts,
  now,
  true: sql`true`,
  false: sql`false`,
  operands: (field, ignoreCase) =>
    ignoreCase ? foldedOperands(field) : { plain: columnOf(field), ordered: columnOf(field), value: sql`${slot}` },
  isDistinct: (left, right) => sql`${left} is distinct from ${right}`,
  isNotTrue: (condition) => sql`(${condition}) is not true`,
  inList: (field, values, ignoreCase) => ({
    shape: 'list',
    values: [encodeList(values)],
    sql: () =>
      ignoreCase
        ? sql`${folded(field)} in (select ${fold}(value) from json_each(${slot}))`
        : sql`${columnOf(field)} in (select case type when 'array' then ${real}(value) else value end from json_each(${slot}))`,
  }),
  encodePattern,
  like: (field, ignoreCase) => (ignoreCase ? sql`${folded(field)} glob ${fold}(${slot})` : sql`${textOf(field)} glob ${slot}`),
  hasWord: (fields) => sql`instr(${words}(${columnsOf(fields)}), ${slot}) > 0`,
  encodeWord: (word) => ` ${word} `,
  orderBy: orderSql,
  lock() {
    throw new UnsupportedError('SQLite has no row locks: a transaction that writes is alone from its beginning.')
  },
  onConflict({ columns, onlyLive, changes, visible }) {
    const live = onlyLive ? sql` where ${onlyLive}` : sql``
    return sql`on conflict (${columns})${live} do update set ${changes} where (${visible}) and ${overwrite}()`
  },
  incoming: (column) => sql`excluded.${column}`,
  created: () => sql`${wasInserted}()`,
}

const fold = sql.raw(sqliteFunctions.fold)
const words = sql.raw(sqliteFunctions.words)
const real = sql.raw(sqliteFunctions.real)
const overwrite = sql.raw(sqliteFunctions.overwrite)
const wasInserted = sql.raw(sqliteFunctions.wasInserted)

/** SQLite compares no longer ones. */
const longestPattern = 50_000

/** GLOB tells case apart, and can look a prefix up in an index. */
function encodePattern(text: string, place: TextOperator): string {
  const literal = text.replaceAll(/[*?[]/g, '[$&]')
  const pattern = `${place === 'startsWith' ? '' : '*'}${literal}${place === 'endsWith' ? '' : '*'}`
  if (Buffer.byteLength(pattern) <= longestPattern) return pattern
  throw new InvalidFilterError(`SQLite looks for no text of more than ${longestPattern} bytes in another.`)
}

/** By its bytes, for that is how SQLite collates unless a column says otherwise; to say so in the query would keep pages off their index. */
function columnOf({ column }: SqlField): SQL {
  return sql`${column}`
}

function textOf({ column, kind }: SqlField): SQL {
  return kind === 'other' ? sql`cast(${column} as text)` : sql`${column}`
}

function folded(field: SqlField): SQL {
  return sql`${fold}(${textOf(field)})`
}

function foldedOperands(field: SqlField): ReturnType<SqlDialect['operands']> {
  return { plain: folded(field), ordered: folded(field), value: sql`${fold}(${slot})` }
}

function columnsOf(fields: readonly SqlField[]): SQL {
  return sql.join(
    fields.map(({ column }) => sql`${column}`),
    sql`, `,
  )
}

function orderSql(field: SqlField, direction: 'asc' | 'desc', nulls: 'first' | 'last'): SQL {
  const byDefault = direction === 'asc' ? 'first' : 'last'
  const placement = field.column.notNull || nulls === byDefault ? '' : ` nulls ${nulls}`
  return sql`${columnOf(field)} ${sql.raw(direction + placement)}`
}
