import type { Document } from 'mongodb'
import type { ResolvedSortKey } from '../filters/parse-sort.ts'
import type { FilterNode } from '../filters/parse-filter.ts'
import { visibleTenant } from '../mixins/tenant.ts'
import { cursorBinding, decodeCursor, encodeCursor, type Cursor, type CursorValue } from '../pages/cursor.ts'
import { UnsupportedError } from '../errors/repository-error.ts'
import type { CollectionDefinition } from './mongo-collection.ts'
import { encodeValue, toPath } from './mongo-filters.ts'

interface Position {
  readonly key: ResolvedSortKey
  readonly value: CursorValue
}

/**
 * The query for rows behind a position in the order of `keys`; with `inclusive`, for the row at the position as well.
 * Each branch can be sought by itself however many rows share values. Where few do (`parted`), the bound that all branches have in
 * common is said besides: the server then reads one range and passes those few by, which is faster than to merge several.
 */
export function compileSeek(definition: CollectionDefinition, { keys, values, inclusive, parted }: SeekFrom): Document {
  const positions = keys.map((key, index): Position => ({ key, value: values[index] ?? null }))
  const branches = positions.flatMap((position, index) => {
    const behind = isBehind(definition, position)
    const same = positions.slice(0, index).map((earlier) => isSame(definition, earlier))
    return behind ? [joinAnd([...same, behind])] : []
  })
  if (inclusive) branches.push(joinAnd(positions.map((position) => isSame(definition, position))))
  if (branches.length === 0) return { _id: { $in: [] } }
  const bound = parted ? commonBound(definition, positions[0]) : undefined
  return { ...bound, $or: branches }
}

interface SeekFrom {
  readonly keys: readonly ResolvedSortKey[]
  readonly values: readonly CursorValue[]
  readonly inclusive: boolean
  readonly parted: boolean
}

/** Undefined where rows without a value come behind those with one, which are two ranges. */
function commonBound(definition: CollectionDefinition, first: Position | undefined): Document | undefined {
  if (!first || first.value === null) return undefined
  const { key, value } = first
  if (key.nulls === 'last' && canBeNull(definition, key.field)) return undefined
  return { [toPath(key.field)]: { [key.direction === 'asc' ? '$gte' : '$lte']: encodeValue(key.field, value, definition) } }
}

function isSame(definition: CollectionDefinition, { key, value }: Position): Document {
  return { [toPath(key.field)]: { $eq: encodeValue(key.field, value, definition) } }
}

/** Undefined where nothing can lie behind: after nulls that come last. */
function isBehind(definition: CollectionDefinition, { key, value }: Position): Document | undefined {
  const path = toPath(key.field)
  if (value === null) return key.nulls === 'first' ? { [path]: { $ne: null } } : undefined
  const further = { [path]: { [key.direction === 'asc' ? '$gt' : '$lt']: encodeValue(key.field, value, definition) } }
  return key.nulls === 'last' && canBeNull(definition, key.field) ? { $or: [further, { [path]: { $eq: null } }] } : further
}

function canBeNull(definition: CollectionDefinition, field: string): boolean {
  const traits = definition.fields.get(field)
  return traits !== undefined && (traits.nullable || traits.optional)
}

function joinAnd(conditions: readonly Document[]): Document {
  return conditions.length === 1 ? Object.assign({}, ...conditions) : { $and: conditions }
}

/** The place of a row in the order of `keys`. @throws UnsupportedError for a field that has no order */
export function positionOf(row: Readonly<Record<string, unknown>>, keys: readonly ResolvedSortKey[], entity: string): CursorValue[] {
  return keys.map(({ field }) => {
    const value = row[field] ?? null
    if (value === null || value instanceof Date) return value
    if (typeof value === 'object' || typeof value === 'function' || typeof value === 'symbol') {
      throw new UnsupportedError(`The field ${field} of ${entity} cannot be sorted by.`, { entity, fields: [field] })
    }
    return narrow(value)
  })
}

function narrow(value: unknown): CursorValue {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return value
  return null
}

type Scope = 'live' | 'deleted' | 'all'

/** Opens and closes cursors of one query. */
export interface CursorSeal {
  /** @throws InvalidCursorError */
  open(text: string): Cursor
  close(position: Omit<Cursor, 'binding'>): string
}

/** @throws UnsupportedError without a secret */
export function cursorSeal(
  secret: string | undefined,
  { name: entity, traits }: CollectionDefinition,
  { keys, node, scope }: { keys: readonly ResolvedSortKey[]; node: FilterNode; scope: Scope },
): CursorSeal {
  if (secret === undefined) throw new UnsupportedError('Cursors need the option cursorSecret of the connection.')
  const tenant = traits.tenant ? visibleTenant(entity) : undefined
  const binding = cursorBinding({ entity, sort: keys, filter: node, scope, tenant })
  return {
    open: (text) => decodeCursor(text, { secret, binding }),
    close: (position) => encodeCursor({ ...position, binding }, secret),
  }
}

interface PageEnds {
  readonly rows: readonly Readonly<Record<string, unknown>>[]
  /** Where the page was asked for; undefined for the first page. */
  readonly at: Cursor | undefined
  /** More rows lie beyond the page, in the direction of reading. */
  readonly further: boolean
  readonly keys: readonly ResolvedSortKey[]
  readonly entity: string
  readonly seal: CursorSeal
}

/** The cursors of a page; an empty one leads back to where it was asked for. */
export function linksOf({ rows, at, further, keys, entity, seal }: PageEnds): { next?: string; previous?: string } {
  const backward = at?.direction === 'previous'
  const first = rows[0]
  const last = rows.at(-1)
  if (!first || !last) {
    if (!at) return {}
    const { values } = at
    return backward
      ? { next: seal.close({ values, direction: 'next', inclusive: true }) }
      : { previous: seal.close({ values, direction: 'previous', inclusive: true }) }
  }
  const hasNext = backward || further
  const hasPrevious = backward ? further : at !== undefined
  if (!hasNext && !hasPrevious) return {}
  const ends = { first: positionOf(first, keys, entity), last: positionOf(last, keys, entity) }
  // Where the ends of the page differ in their first value, the rows that share it with one of them all lie on this page.
  const parted = textOf(ends.first[0]) !== textOf(ends.last[0])
  return {
    ...(hasNext && { next: seal.close({ values: ends.last, direction: 'next', parted }) }),
    ...(hasPrevious && { previous: seal.close({ values: ends.first, direction: 'previous', parted }) }),
  }
}

function textOf(value: CursorValue | undefined): string {
  return value instanceof Date ? value.toISOString() : String(value)
}
