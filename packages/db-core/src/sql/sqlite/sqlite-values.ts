import { InvalidValueError, UnsupportedError } from '../../errors/repository-error.ts'
import type { WireColumn, WireValue } from '../sql-driver.ts'

const largest = 2n ** 63n - 1n
const smallest = -(2n ** 63n)

/** SQLite holds numbers, 64-bit integers, text and bytes; undefined for what is none of them. */
export function encodeValue(value: unknown): WireValue | undefined {
  if (typeof value === 'string' || value === null) return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value === 'bigint') return value >= smallest && value <= largest ? value : undefined
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? undefined : value.getTime()
  if (value instanceof Uint8Array) return value
  return undefined
}

/** The parameters of a query that its author wrote. @throws InvalidValueError */
export function encodeValues(values: readonly unknown[]): WireValue[] {
  return values.map((value) => {
    const encoded = encodeValue(value)
    if (encoded === undefined)
      throw new InvalidValueError(`A parameter is nothing that SQLite can hold${value === undefined ? '; use null' : ''}.`)
    return encoded
  })
}

/**
 * One JSON array, which json_each reads; 64-bit integers keep their digits. A fraction stands in brackets: SQLite would read it from
 * text less exactly than JavaScript does.
 */
export function encodeList(values: readonly WireValue[]): string {
  return `[${values.map(encodeItem).join(',')}]`
}

function encodeItem(value: WireValue): string {
  if (value instanceof Uint8Array) throw new UnsupportedError('Bytes cannot be looked for in a list on SQLite.')
  if (typeof value === 'number' && !Number.isSafeInteger(value)) return `[${value}]`
  return typeof value === 'bigint' ? String(value) : JSON.stringify(value)
}

/** Rows as objects, each value as SQLite holds it: it knows neither booleans nor times. */
export function objectRows(rows: readonly unknown[][], columns: readonly WireColumn[]): Record<string, unknown>[] {
  return rows.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index]])))
}
