import { isPlainObject } from '../filters/parse-filter.ts'

/** A copy that shares nothing that could be changed. What is `undefined` inside an object is left out, as every store does. */
export function copyValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date) return new Date(value)
  if (Buffer.isBuffer(value)) return Buffer.from(value)
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (Array.isArray(value)) return value.map(copyValue)
  // Instances of classes, such as ObjectId, are values that do not change.
  return isPlainObject(value) ? copyFields(value) : value
}

function copyFields(value: object): Record<string, unknown> {
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined)
  return Object.fromEntries(entries.map(([name, inner]) => [name, copyValue(inner)]))
}
