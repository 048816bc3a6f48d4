import { UnsupportedError } from '../errors/repository-error.ts'
import type { FilterNode } from '../filters/parse-filter.ts'
import { reverseSort, type ResolvedSortKey } from '../filters/parse-sort.ts'
import { visibleTenant } from '../mixins/tenant.ts'
import { cursorBinding, decodeCursor, encodeCursor, type Cursor } from '../pages/cursor.ts'
import type { CursorPage } from '../pages/page.ts'
import type { Scope } from '../repository/repository.ts'
import type { MemoryEntity, StoredRow } from './memory-entity.ts'
import { compileOrder, compileSeek, positionOf } from './memory-order.ts'

export interface MemorySeek {
  readonly entity: MemoryEntity
  /** As it was asked for; the cursor is bound to it. */
  readonly filter: FilterNode
  readonly keys: readonly ResolvedSortKey[]
  readonly scope: Scope
  readonly limit: number
  readonly cursor: string | undefined
}

/** One page of the rows that `find` gives, in either direction. @throws InvalidCursorError, UnsupportedError without a secret */
export async function seekRows(
  seek: MemorySeek,
  secret: string | undefined,
  find: () => Promise<readonly StoredRow[]>,
): Promise<CursorPage<StoredRow>> {
  if (secret === undefined) throw new UnsupportedError('Cursors need the option cursorSecret of the connection.')
  const { entity, filter, keys, scope } = seek
  const tenant = entity.traits.tenant ? visibleTenant(entity.name) : undefined
  const binding = cursorBinding({ entity: entity.name, sort: keys, filter, scope, tenant })
  const at = seek.cursor === undefined ? undefined : decodeCursor(seek.cursor, { secret, binding })
  const { items, next, previous } = cutPage(await find(), seek, at)
  return {
    items,
    ...(next && { next: encodeCursor({ ...next, binding }, secret) }),
    ...(previous && { previous: encodeCursor({ ...previous, binding }, secret) }),
  }
}

type Position = Pick<Cursor, 'values' | 'direction' | 'inclusive'>

interface Cut {
  readonly items: StoredRow[]
  readonly next: Position | undefined
  readonly previous: Position | undefined
}

/** An empty page leads back to the very row its cursor stood at. */
function cutPage(rows: readonly StoredRow[], { entity, keys, limit }: MemorySeek, at: Cursor | undefined): Cut {
  const backward = at?.direction === 'previous'
  const order = backward ? reverseSort(keys) : keys
  const isBehind = at ? compileSeek(order, at, entity) : () => true
  const ahead = rows.filter(isBehind).toSorted(compileOrder(order, entity))
  const further = ahead.length > limit
  const items = backward ? ahead.slice(0, limit).toReversed() : ahead.slice(0, limit)
  const mark = (row: StoredRow | undefined, direction: Cursor['direction']): Position | undefined =>
    row ? { values: positionOf(row, keys), direction } : at && { values: at.values, direction, inclusive: true }
  return {
    items,
    next: backward || further ? mark(items.at(-1), 'next') : undefined,
    previous: (backward ? further : at !== undefined) ? mark(items[0], 'previous') : undefined,
  }
}
