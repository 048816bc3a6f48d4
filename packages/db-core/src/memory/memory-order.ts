import type { ResolvedSortKey } from '../filters/parse-sort.ts'
import type { CursorValue } from '../pages/cursor.ts'
import { fieldOf, type MemoryEntity, type StoredRow } from './memory-entity.ts'
import { readOf, type Predicate } from './memory-filter.ts'
import { compareValues, type Comparable } from './memory-values.ts'

export type RowOrder = (left: StoredRow, right: StoredRow) => number

/** The order of sort keys; the last of them is unique, so no two rows are equal. */
export function compileOrder(keys: readonly ResolvedSortKey[], entity: MemoryEntity): RowOrder {
  const steps = keys.map((key) => ({ field: key.field, read: readOf(fieldOf(entity, key.field)), compare: compareBy(key) }))
  return (left, right) => {
    for (const { field, read, compare } of steps) {
      const order = compare(read(left[field]), read(right[field]))
      if (order !== 0) return order
    }
    return 0
  }
}

/** True for rows behind a position in the order of `keys`; with `inclusive`, for the row at the position as well. */
export function compileSeek(
  keys: readonly ResolvedSortKey[],
  position: { readonly values: readonly CursorValue[]; readonly inclusive?: boolean },
  entity: MemoryEntity,
): Predicate {
  const at = Object.fromEntries(keys.map(({ field }, index) => [field, position.values[index] ?? null]))
  const order = compileOrder(keys, entity)
  return position.inclusive ? (row) => order(row, at) >= 0 : (row) => order(row, at) > 0
}

/** What a cursor keeps of a row. */
export function positionOf(row: StoredRow, keys: readonly ResolvedSortKey[]): CursorValue[] {
  return keys.map(({ field }) => cursorValue(row[field]))
}

function compareBy({ direction, nulls }: ResolvedSortKey): (left: Comparable | undefined, right: Comparable | undefined) => number {
  const missing = nulls === 'last' ? 1 : -1
  const sign = direction === 'asc' ? 1 : -1
  return (left, right) => {
    if (left === undefined) return right === undefined ? 0 : missing
    return right === undefined ? -missing : sign * compareValues(left, right)
  }
}

function cursorValue(value: unknown): CursorValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return value
  return value instanceof Date ? value : null
}
