import { parsePgArray } from 'drizzle-orm/pg-core'
import { InvalidValueError } from '../../errors/repository-error.ts'
import type { WireColumn, WireResult } from '../sql-driver.ts'

const oid = {
  bool: 16, bytea: 17, int8: 20, int2: 21, int4: 23, oid: 26, json: 114, float4: 700, float8: 701,
  date: 1082, time: 1083, timestamp: 1114, timestamptz: 1184, interval: 1186, numeric: 1700, jsonb: 3802,
} as const // prettier-ignore

/** Types that a driver hands over parsed; all others stay text until a column or `decodeRow` reads them. */
export const wireParsers: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
  [oid.bool, (text) => text === 't'],
  [oid.int2, Number],
  [oid.int4, Number],
  [oid.oid, Number],
  [oid.float4, Number],
  [oid.float8, Number],
  [oid.bytea, (text) => Buffer.from(text.slice(2), 'hex')],
])

/** Types that must cross a driver untouched in both directions. */
export const textTypes: readonly number[] = [
  oid.int8, oid.json, oid.jsonb, oid.date, oid.time, oid.timestamp, oid.timestamptz, oid.interval, oid.numeric, 25, 1043, 2950,
] // prettier-ignore

const textArrays = [1009, 1015, 2951, 1014, 1002]
const numberArrays = [1005, 1007, 1021, 1022]

const rowDecoders = new Map<number, (text: string) => unknown>([
  [oid.timestamptz, (text) => new Date(text)],
  [oid.timestamp, (text) => new Date(`${text}+0000`)],
  [oid.json, (text) => JSON.parse(text)],
  [oid.jsonb, (text) => JSON.parse(text)],
  ...textArrays.map((type) => [type, parsePgArray] as const),
  ...numberArrays.map((type) => [type, (text: string) => parsePgArray(text).map(Number)] as const),
])

/** How a statement with this command tag ended a transaction. */
export function endOf(command: string | undefined): WireResult['ended'] {
  if (command === 'COMMIT') return 'commit'
  return command === 'ROLLBACK' ? 'rollback' : undefined
}

/** @throws InvalidValueError for undefined, which has no meaning in SQL */
export function encodeValue(value: unknown): string | null {
  if (typeof value === 'string' || value === null) return value
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (value === undefined) throw new InvalidValueError('A parameter is undefined; use null.')
  if (value instanceof Date) return encodeDate(value)
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`
  if (Array.isArray(value)) return encodeArray(value)
  return JSON.stringify(value)
}

export function encodeValues(values: readonly unknown[]): (string | null)[] {
  return values.map(encodeValue)
}

function encodeDate(value: Date): string {
  if (Number.isNaN(value.getTime())) throw new InvalidValueError('A parameter is an invalid date.')
  return value.toISOString()
}

function encodeArray(items: readonly unknown[]): string {
  return `{${items.map(encodeItem).join(',')}}`
}

function encodeItem(item: unknown): string {
  if (Array.isArray(item)) return encodeArray(item)
  const text = encodeValue(item)
  if (text === null) return 'NULL'
  return text.includes('\\') || text.includes('"') ? `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"` : `"${text}"`
}

/** Rows as objects: times become Date, JSON is parsed, int8 and numeric stay text because a number could not hold them. */
export function decodeRows(rows: readonly unknown[][], columns: readonly WireColumn[]): Record<string, unknown>[] {
  const decoders = columns.map((column) => rowDecoders.get(column.type))
  return rows.map((row) => {
    const object: Record<string, unknown> = {}
    for (const [index, column] of columns.entries()) {
      const value = row[index]
      const decode = decoders[index]
      object[column.name] = decode && typeof value === 'string' ? decode(value) : value
    }
    return object
  })
}
