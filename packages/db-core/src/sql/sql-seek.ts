import type { Table as AnyTable } from 'drizzle-orm'
import { UnsupportedError } from '../errors/repository-error.ts'
import { parseFilter, type FilterNode } from '../filters/parse-filter.ts'
import { parseSort, reverseSort, type ResolvedSortKey } from '../filters/parse-sort.ts'
import { visibleTenant } from '../mixins/tenant.ts'
import { cursorBinding, decodeCursor, encodeCursor, type Cursor, type CursorValue } from '../pages/cursor.ts'
import type { CursorPage } from '../pages/page.ts'
import { parseLimit } from '../pages/parse-limit.ts'
import type { ReadOptions, SeekQuery } from '../repository/repository.ts'
import { fieldOf, type RowOf, type SqlEntity } from './sql-entity.ts'
import { compileFilter } from './sql-filters.ts'
import { compileKeyset, compileOrder } from './sql-order.ts'
import { allOf, type SqlPart } from './sql-part.ts'
import type { SqlTable } from './sql-table.ts'
import type { WireValue } from './sql-driver.ts'

type Raw = readonly unknown[]

/** One page by keyset, in either direction. @throws InvalidCursorError, UnsupportedError without a secret */
export async function seekPage<Table extends AnyTable>(
  table: SqlTable<Table>,
  query: SeekQuery<RowOf<Table>>,
  options: ReadOptions,
  secret: string | undefined,
): Promise<CursorPage<RowOf<Table>>> {
  if (secret === undefined) throw new UnsupportedError('Cursors need the option cursorSecret of the connection.')
  const { entity } = table
  const limit = parseLimit(query.limit, entity.name)
  const keys = sortKeys(table, query.orderBy)
  const filter = parseWhere(table, query.where)
  const tenant = entity.traits.tenant ? visibleTenant(entity.name) : undefined
  const binding = cursorBinding({ entity: entity.name, sort: keys, filter, scope: options.scope ?? 'live', tenant })
  const cursor = query.cursor === undefined ? undefined : decodeCursor(query.cursor, { secret, binding })
  const where = allOf([compileFilter(filter, entity), table.visible(options.scope)])
  const rows = await readFrom(table, { where, keys, position: cursor, count: limit + 1 }, options)
  const marks = pageMarks({
    rows: rows.slice(0, limit),
    more: rows.length > limit,
    cursor,
    positionOf: (row) => positionOf(table, keys, row),
  })
  return {
    items: marks.rows.map((row) => entity.decode(row)),
    ...(marks.next && { next: encodeCursor({ ...marks.next, binding }, secret) }),
    ...(marks.previous && { previous: encodeCursor({ ...marks.previous, binding }, secret) }),
  }
}

/** All matches, a bounded number at a time. */
export async function* streamRows<Table extends AnyTable>(
  table: SqlTable<Table>,
  query: Pick<SeekQuery<RowOf<Table>>, 'where' | 'orderBy'>,
  options: ReadOptions,
): AsyncGenerator<RowOf<Table>> {
  const { entity } = table
  const keys = sortKeys(table, query.orderBy)
  const where = allOf([compileFilter(parseWhere(table, query.where), entity), table.visible(options.scope)])
  let position: Position | undefined
  do {
    const rows = await readFrom(table, { where, keys, position, count: streamChunk }, options)
    for (const row of rows) yield entity.decode(row)
    const last = rows.length < streamChunk ? undefined : rows.at(-1)
    position = last && { values: positionOf(table, keys, last), direction: 'next' }
  } while (position !== undefined)
}

const streamChunk = 500

type Position = Pick<Cursor, 'values' | 'direction' | 'inclusive'>

interface KeysetRead {
  readonly where: SqlPart
  readonly keys: readonly ResolvedSortKey[]
  readonly position: Position | undefined
  readonly count: number
}

function parseWhere({ entity }: SqlTable<AnyTable>, where: unknown = {}): FilterNode {
  return parseFilter(where, entity)
}

export function sortKeys(table: SqlTable<AnyTable>, orderBy: unknown): readonly ResolvedSortKey[] {
  const { name, fieldNames, keyField } = table.entity
  return parseSort(orderBy, { entity: name, fields: fieldNames, key: keyField })
}

/** Rows in the direction of the position, nearest first. */
function readFrom<Table extends AnyTable>(
  table: SqlTable<Table>,
  { where, keys, position, count }: KeysetRead,
  options: ReadOptions,
): Promise<Raw[]> {
  const { entity } = table
  const order = position?.direction === 'previous' ? reverseSort(keys) : keys
  const after =
    position &&
    compileKeyset(
      order,
      { values: position.values.map((value) => wireValue(entity, value)), inclusive: position.inclusive ?? false },
      entity,
    )
  return table.select(options.tx, { where: after ? allOf([where, after]) : where, order: compileOrder(order, entity), limit: count })
}

/** Values as the database wrote them, so that none is rounded: a timestamp keeps its microseconds. */
function positionOf(table: SqlTable<AnyTable>, keys: readonly ResolvedSortKey[], row: Raw): CursorValue[] {
  return keys.map(({ field }) => cursorValue(table.entity, row[fieldOf(table.entity, field).index]))
}

/** As it was given, so that the database compares with what it sorted by. */
function wireValue({ dialect }: SqlEntity<unknown>, value: CursorValue): WireValue {
  return dialect.encode(value) ?? null
}

function cursorValue(entity: SqlEntity<unknown>, value: unknown): CursorValue {
  const encoded = entity.dialect.encode(value) ?? null
  if (!(encoded instanceof Uint8Array)) return encoded
  throw new UnsupportedError(`A cursor of ${entity.name} cannot hold bytes.`, { entity: entity.name })
}

interface ReadPage {
  /** In the direction of the read. */
  readonly rows: readonly Raw[]
  readonly more: boolean
  readonly cursor: Cursor | undefined
  readonly positionOf: (row: Raw) => CursorValue[]
}

interface PageMarks {
  readonly rows: readonly Raw[]
  readonly next: Position | undefined
  readonly previous: Position | undefined
}

/** An empty page leads back to the very row its cursor stood at. */
function pageMarks({ rows, more, cursor, positionOf: read }: ReadPage): PageMarks {
  const backwards = cursor?.direction === 'previous'
  const ordered = backwards ? rows.toReversed() : rows
  const mark = (row: Raw | undefined, direction: Cursor['direction']): Position | undefined =>
    row === undefined ? cursor && { values: cursor.values, direction, inclusive: true } : { values: read(row), direction }
  return {
    rows: ordered,
    next: (backwards ? true : more) ? mark(ordered.at(-1), 'next') : undefined,
    previous: (backwards ? more : cursor !== undefined) ? mark(ordered[0], 'previous') : undefined,
  }
}
