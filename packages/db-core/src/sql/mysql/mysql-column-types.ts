import { Column } from 'drizzle-orm'
import type { SqlField } from '../sql-entity.ts'
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

/** How JSON_TABLE reads the items of a list, so that an index of the column can be used. Bytes travel as hexadecimal text. */
export function listItem({ column, kind }: SqlField, ignoreCase: boolean): { readonly type: string; readonly read: string } {
  if (ignoreCase) return { type: text, read: 'lower(item)' }
  if (kind === 'uuid') return { type: uuidType, read: 'item' }
  const declared = column.getSQLType()
  const known = kind === 'text' ? undefined : byPrefix.find(([pattern]) => pattern.test(declared))?.[1]
  return { type: known ?? text, read: /^(?:var)?binary|blob/.test(declared) ? 'unhex(item)' : 'item' }
}
