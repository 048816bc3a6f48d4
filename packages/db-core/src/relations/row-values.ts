import type { Scalar } from '../filters/filter.ts'
import { isScalar } from '../filters/parse-filter.ts'

/** A key as text, so that equal keys of two stores are equal. */
export function keyText(key: Scalar): string {
  return key instanceof Date ? key.toISOString() : String(key)
}

/** The key in a field of a row whose type is not known, as text; undefined when it refers to nothing. */
export function keyTextOf(row: object, field: string): string | undefined {
  const key = keyOf(row, field)
  return key === undefined ? undefined : keyText(key)
}

/** The different keys in a field, without the missing ones. */
export function distinctKeys(rows: readonly object[], field: string): Scalar[] {
  const keys = rows.map((row) => keyOf(row, field)).filter((key) => key !== undefined)
  return [...new Map(keys.map((key) => [keyText(key), key])).values()]
}

/** Rows by the key in a field, in their order. */
export function groupByKey<Row extends object>(rows: readonly Row[], field: string): ReadonlyMap<string, Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const text = keyTextOf(row, field)
    if (text === undefined) continue
    const group = groups.get(text)
    if (group) group.push(row)
    else groups.set(text, [row])
  }
  return groups
}

function keyOf(row: object, field: string): Scalar | undefined {
  const value: unknown = Reflect.get(row, field)
  return isScalar(value) ? value : undefined
}
