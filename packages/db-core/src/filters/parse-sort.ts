import { InvalidFilterError } from '../errors/repository-error.ts'

/** A sort key with nothing left to default. */
export interface ResolvedSortKey {
  readonly field: string
  readonly direction: 'asc' | 'desc'
  readonly nulls: 'first' | 'last'
}

export interface SortTarget {
  readonly fields: ReadonlySet<string>
  readonly entity: string
  /** The key field, which breaks ties so that every order is total. */
  readonly key: string
}

const maxSortKeys = 8

/** Checks sort keys of unknown origin and ends them with the key of the entity. @throws InvalidFilterError */
export function parseSort(orderBy: unknown, target: SortTarget): readonly ResolvedSortKey[] {
  if (orderBy === undefined) return [resolve(target.key, 'asc')]
  if (!Array.isArray(orderBy) || orderBy.length > maxSortKeys) throw invalid(target, `needs at most ${maxSortKeys} keys`)
  const keys = Array.from(orderBy, (key: unknown) => parseSortKey(key, target))
  if (new Set(keys.map((key) => key.field)).size < keys.length) throw invalid(target, 'names a field twice')
  if (keys.some((key) => key.field === target.key)) return keys
  return [...keys, resolve(target.key, keys.at(-1)?.direction ?? 'asc')]
}

/** The same order read from its other end. */
export function reverseSort(keys: readonly ResolvedSortKey[]): readonly ResolvedSortKey[] {
  return keys.map(({ field, direction, nulls }) => ({
    field,
    direction: direction === 'asc' ? 'desc' : 'asc',
    nulls: nulls === 'first' ? 'last' : 'first',
  }))
}

function resolve(field: string, direction: 'asc' | 'desc'): ResolvedSortKey {
  return { field, direction, nulls: direction === 'asc' ? 'last' : 'first' }
}

function parseSortKey(key: unknown, target: SortTarget): ResolvedSortKey {
  if (typeof key !== 'object' || key === null) throw invalid(target, 'has a key that is no object')
  const { field, direction, nulls, ...rest } = { field: undefined, direction: undefined, nulls: undefined, ...key }
  if (Object.keys(rest).length > 0) throw invalid(target, 'has a key with an unknown property')
  if (!isOneOf(field, target.fields)) throw invalid(target, 'names an unknown field')
  if (direction !== 'asc' && direction !== 'desc') throw invalid(target, `needs asc or desc for ${field}`, field)
  if (nulls === undefined) return resolve(field, direction)
  if (nulls !== 'first' && nulls !== 'last') throw invalid(target, `needs first or last as nulls of ${field}`, field)
  return { field, direction, nulls }
}

function isOneOf(value: unknown, names: ReadonlySet<string>): value is string {
  return typeof value === 'string' && names.has(value)
}

function invalid(target: SortTarget, problem: string, field?: string): InvalidFilterError {
  return new InvalidFilterError(`The order of ${target.entity} ${problem}.`, {
    entity: target.entity,
    fields: field === undefined ? ['orderBy'] : [field],
  })
}
