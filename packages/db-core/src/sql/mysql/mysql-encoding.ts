import type { Column } from 'drizzle-orm'
import type { WireValue } from '../sql-driver.ts'
import { isText } from './mysql-columns.ts'
import { encodeValue } from './mysql-values.ts'

const wholeTypes = /^(?:tiny|small|medium|big)?int\b|^serial|^year/
const numberTypes = /^(?:decimal|numeric|double|float|real)/
const whole = /^[+-]?\d+$/
const number = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i

/**
 * The parameter for a column, or undefined for a value that it cannot hold. The servers would not refuse all of those: compared
 * with a number, a text counts as the number it begins with or as zero, and a text column compared with a number is read so too.
 */
export function encodeFor(column: Column, value: unknown): WireValue | undefined {
  const wire = encodeValue(value)
  if (wire === null || wire instanceof Uint8Array) return wire
  if (isText(column)) return String(wire)
  const type = column.getSQLType()
  if (column.columnType === 'MySqlBoolean') return wire === 0 || wire === 1 ? wire : undefined
  if (wholeTypes.test(type)) return whole.test(String(wire)) ? wire : undefined
  return !numberTypes.test(type) || number.test(String(wire)) ? wire : undefined
}
