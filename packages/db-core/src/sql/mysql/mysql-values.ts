import mysql, { type TypedParameterValue } from 'mysql2'
import { InvalidValueError } from '../../errors/repository-error.ts'
import type { WireColumn, WireValue } from '../sql-driver.ts'

/** Numbers cross as numbers, so that sums are exact; times, decimals and all else as text. @throws InvalidValueError for undefined */
export function encodeValue(value: unknown): WireValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' || value === null) return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value === undefined) throw new InvalidValueError('A parameter is undefined; use null.')
  if (value instanceof Date) return encodeDate(value)
  return value instanceof Uint8Array ? value : JSON.stringify(value)
}

export function encodeValues(values: readonly unknown[]): WireValue[] {
  return values.map(encodeValue)
}

/** In UTC, which every session speaks. */
function encodeDate(value: Date): string {
  if (Number.isNaN(value.getTime())) throw new InvalidValueError('A parameter is an invalid date.')
  return value.toISOString().replace('T', ' ').replace('Z', '')
}

/** A list as JSON. Numbers are written as text, which JSON_TABLE reads without rounding, and bytes as hexadecimal text. */
export function encodeList(values: readonly WireValue[], bytes: boolean): string {
  return JSON.stringify(values.map((value) => (bytes && value !== null ? hexOf(value) : textOf(value))))
}

function hexOf(value: Exclude<WireValue, null>): string {
  return Buffer.from(value instanceof Uint8Array ? value : String(value)).toString('hex')
}

function textOf(value: WireValue): string | null {
  return value === null ? null : String(value)
}

/** As the driver is to send it: it would take a whole number for a floating one. */
export function toParameter(value: WireValue): TypedParameterValue | string | number | Buffer | null {
  if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? mysql.TypedParameter.LONGLONG(value) : String(value)
  if (typeof value === 'number') return numberParameter(value)
  return value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value
}

function numberParameter(value: number): TypedParameterValue | number {
  if ((value | 0) === value) return mysql.TypedParameter.LONG(value)
  return Number.isSafeInteger(value) ? mysql.TypedParameter.LONGLONG(value) : value
}

const moments: ReadonlySet<number> = new Set([mysql.Types.DATETIME, mysql.Types.TIMESTAMP])

/** Rows as objects: times become Date, JSON is parsed where the server calls it so, BIGINT and DECIMAL stay text, which no number could hold. */
export function decodeRows(rows: readonly unknown[][], columns: readonly WireColumn[]): Record<string, unknown>[] {
  return rows.map((row) => Object.fromEntries(columns.map(({ name, type }, index) => [name, decodeValue(row[index], type)])))
}

function decodeValue(value: unknown, type: number): unknown {
  if (typeof value !== 'string') return value
  if (moments.has(type)) return new Date(`${value.replace(' ', 'T')}Z`)
  return type === mysql.Types.JSON ? JSON.parse(value) : value
}
