import { is, SQL, type Column } from 'drizzle-orm'
import { sqlText } from '../sql/sql-text.ts'
import { copyValue } from './copy-value.ts'
import { textLength } from './memory-values.ts'

/** What a column would keep of a value, as a copy; undefined for a value that it cannot hold. */
export function columnReader(column: Column): (value: unknown) => unknown {
  switch (column.dataType) {
    case 'string':
      return textReader(column)
    case 'number':
      return numberReader(column)
    case 'boolean':
      return (value) => (typeof value === 'boolean' ? value : undefined)
    case 'bigint':
      return (value) => (typeof value === 'bigint' ? value : undefined)
    case 'date':
      return (value) => (value instanceof Date && !Number.isNaN(value.getTime()) ? readDate(column, value) : undefined)
    case 'json':
      return (value) => JSON.parse(JSON.stringify(value))
    case 'custom':
      return /^(?:var)?char|^text/i.test(column.getSQLType()) ? textReader(column) : copyValue
    default:
      return copyValue
  }
}

/** True for a number that is kept as text. */
export function isDecimal({ dataType, columnType }: Column): boolean {
  return dataType === 'string' && /Numeric|Decimal/.test(columnType)
}

/** The value of a row that gives none, as the database makes it; undefined when it is not known here. */
export function columnDefault(column: Column, now: () => Date): (() => unknown) | undefined {
  if (column.defaultFn) return column.defaultFn
  if (isCounted(column)) return counter()
  if (!column.hasDefault || column.default === undefined) return () => null
  if (!is(column.default, SQL)) return () => copyValue(column.default)
  return knownDefault(column, sqlText(column.default), now)
}

const uuidPattern = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/

function textReader(column: Column): (value: unknown) => unknown {
  const type = column.getSQLType()
  if (isUuid(column)) return (value) => matching(typeof value === 'string' ? value.toLowerCase() : value, (text) => uuidPattern.test(text))
  if (isDecimal(column)) return (value) => matching(value, (text) => text.trim() !== '' && Number.isFinite(Number(text)))
  const choices = /Enum/.test(column.columnType) ? column.enumValues : undefined
  const longest = Number(/^(?:var)?char\((\d+)\)/.exec(type)?.[1] ?? Number.POSITIVE_INFINITY)
  return (value) => matching(value, (text) => (choices === undefined || choices.includes(text)) && textLength(text) <= longest)
}

/** MySQL has no type for it, and SQLite none but text: there db-core's own column says so. */
function isUuid(column: Column): boolean {
  const { columnType } = column
  return columnType === 'PgUUID' || columnType === 'SQLiteUuid' || column.getSQLType().startsWith('char(36) character set ascii')
}

function matching(value: unknown, test: (text: string) => boolean): string | undefined {
  return typeof value === 'string' && test(value) ? value : undefined
}

/** The largest whole number of a type, from its name; the smallest is one below its negative. */
const largest: readonly (readonly [RegExp, number])[] = [
  [/TinyInt/, 2 ** 7 - 1],
  [/SmallInt|SmallSerial/, 2 ** 15 - 1],
  [/MediumInt/, 2 ** 23 - 1],
  [/^(?:PgInteger|PgSerial|MySqlInt)$/, 2 ** 31 - 1],
  [/BigInt53|BigSerial53|MySqlSerial|SQLiteInteger/, Number.MAX_SAFE_INTEGER],
]

function numberReader({ columnType }: Column): (value: unknown) => unknown {
  const bound = largest.find(([pattern]) => pattern.test(columnType))?.[1]
  if (bound === undefined) return (value) => (typeof value === 'number' && Number.isFinite(value) ? value : undefined)
  return (value) => (typeof value === 'number' && Number.isInteger(value) && value <= bound && value >= -bound - 1 ? value : undefined)
}

/** SQLite keeps whole seconds, or milliseconds, as a number, by the mode of the column. */
function readDate(column: Column, value: Date): unknown {
  return column.columnType === 'SQLiteTimestamp' ? column.mapFromDriverValue(column.mapToDriverValue(value)) : new Date(value)
}

function isCounted(column: Column): boolean {
  return (
    column.generatedIdentity !== undefined ||
    /Serial/.test(column.columnType) ||
    ('autoIncrement' in column && column.autoIncrement === true)
  )
}

/** Counts from 1, as a sequence does: what an undone statement took is not given again. */
function counter(): () => number {
  let last = 0
  return () => (last += 1)
}

function knownDefault(column: Column, text: string, now: () => Date): (() => unknown) | undefined {
  if (column.dataType === 'date' && /\b(?:now\(|current_timestamp|localtimestamp|unixepoch)/i.test(text)) return now
  if (/\buuid_?v?4?\(\)|gen_random_uuid\(\)/i.test(text)) return () => crypto.randomUUID()
  return undefined
}
