import { Column } from 'drizzle-orm'
import type { SqlField } from '../sql-field.ts'
import { uuidType } from './mysql-columns.ts'
import { codePointCollation } from './mysql-servers.ts'

/** Makes a driver's value the value that the table declares; undefined for a column whose values are right as they come. */
export function columnDecoder(column: Column): ((value: unknown) => unknown) | undefined {
  // The driver gives JSON as text, and Drizzle leaves the parsing to drivers.
  if (column.columnType === 'MySqlJson') return (value) => (typeof value === 'string' ? JSON.parse(value) : value)
  if (column.mapFromDriverValue === Column.prototype.mapFromDriverValue) return undefined
  return (value) => column.mapFromDriverValue(value)
}

const text = `longtext character set utf8mb4 ${codePointCollation}`

const byPrefix: readonly (readonly [RegExp, string])[] = [
  [/^(?:tiny|small|medium|big)?int\b.*unsigned|^serial/, 'bigint unsigned'],
  [/^(?:tiny|small|medium|big)?int\b|^boolean|^year/, 'bigint'],
  [/^decimal|^numeric/, 'decimal(65,30)'],
  [/^(?:double|float|real)/, 'double'],
  [/^(?:datetime|timestamp|date)/, 'datetime(6)'],
  [/^time/, 'time(6)'],
]

export interface ListItem {
  /** How JSON_TABLE reads it, so that an index of the column can be used. */
  readonly type: string
  readonly read: string
  readonly bytes: boolean
}

export function listItem({ column, kind }: SqlField, ignoreCase: boolean): ListItem {
  if (ignoreCase) return { type: text, read: 'lower(item)', bytes: false }
  if (kind === 'uuid') return { type: uuidType, read: 'item', bytes: false }
  const declared = column.getSQLType()
  if (/^(?:var)?binary|blob/.test(declared)) return { type: text, read: 'unhex(item)', bytes: true }
  const known = kind === 'text' ? undefined : byPrefix.find(([pattern]) => pattern.test(declared))?.[1]
  return { type: known ?? text, read: 'item', bytes: false }
}
