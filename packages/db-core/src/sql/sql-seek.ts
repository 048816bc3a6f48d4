import type { Table as AnyTable } from 'drizzle-orm'
import { UnsupportedError } from '../errors/repository-error.ts'
import type { FilterNode } from '../filters/parse-filter.ts'
import { parseSort, reverseSort, type ResolvedSortKey } from '../filters/parse-sort.ts'
import { cursorBinding, decodeCursor, encodeCursor, type Cursor, type CursorValue } from '../pages/cursor.ts'
import type { CursorPage } from '../pages/page.ts'
import { parseBatch, parseLimit } from '../pages/parse-limit.ts'
import type { Projection } from '../relations/view-source.ts'
import { abortable } from '../repository/abort.ts'
import type { ReadOptions, SeekQuery, StreamOptions } from '../repository/repository.ts'
import type { Transaction } from '../repository/transaction.ts'
import type { WireValue } from './sql-driver.ts'
import type { RowOf, SqlEntity } from './sql-entity.ts'
import { compileKeyset, compileOrder } from './sql-order.ts'
import { allOf, type SqlPart } from './sql-part.ts'
import type { SqlProjection } from './sql-projection.ts'
import { tenantOfCall } from './sql-scope.ts'
import type { Selection, SqlTable } from './sql-table.ts'
import type { Raw } from './sql-writer.ts'

/** A query whose filter was parsed, and `where`, its condition within scope and tenant. */
export interface CheckedSeek<Row> extends Pick<SeekQuery<Row>, 'orderBy' | 'limit' | 'cursor'> {
  readonly filter: FilterNode
  readonly where: SqlPart
}

/** One page by keyset, in either direction. @throws InvalidCursorError, UnsupportedError without a secret */
export async function seekPage<Table extends AnyTable>(
  table: SqlTable<Table>,
  { filter, where, ...query }: CheckedSeek<RowOf<Table>>,
  options: ReadOptions & Projection,
): Promise<CursorPage<RowOf<Table>>> {
  const { entity, database } = table
  const secret = database.cursorSecret
  if (secret === undefined) throw new UnsupportedError('Cursors need the option cursorSecret of the connection.')
  const limit = parseLimit(query.limit, entity.name)
  const keys = sortKeys(table, query.orderBy)
  const binding = cursorBinding({ entity: entity.name, sort: keys, filter, scope: options.scope ?? 'live', tenant: tenantOfCall(entity) })
  const cursor = query.cursor === undefined ? undefined : decodeCursor(query.cursor, { secret, binding })
  const projection = table.projection(options.fields, fieldsOf(keys))
  const rows = await readFrom(table, { where, keys, position: cursor, count: limit + 1, projection }, options.tx)
  const marks = pageMarks({
    rows: rows.slice(0, limit),
    more: rows.length > limit,
    cursor,
    positionOf: (row) => positionOf(entity, keys, projection, row),
  })
  return {
    items: marks.rows.map((row) => projection.decode(row)),
    ...(marks.next && { next: encodeCursor({ ...marks.next, binding }, secret) }),
    ...(marks.previous && { previous: encodeCursor({ ...marks.previous, binding }, secret) }),
  }
}

/** All matches, a bounded number at a time. */
export async function* streamRows<Table extends AnyTable>(
  table: SqlTable<Table>,
  { where, orderBy }: { readonly where: SqlPart; readonly orderBy: unknown },
  options: StreamOptions & Projection,
): AsyncGenerator<RowOf<Table>> {
  const keys = sortKeys(table, orderBy)
  const projection = table.projection(options.fields, fieldsOf(keys))
  const count = parseBatch(options.batch, table.entity.name)
  let position: Position | undefined
  do {
    const read = { where, keys, position, count, projection }
    const rows = await abortable(options.signal, () => readFrom(table, read, options.tx))
    for (const row of rows) {
      options.signal?.throwIfAborted()
      yield projection.decode(row)
    }
    const last = rows.length < count ? undefined : rows.at(-1)
    position = last && { values: positionOf(table.entity, keys, projection, last), direction: 'next' }
  } while (position !== undefined)
}

type Position = Pick<Cursor, 'values' | 'direction' | 'inclusive'>

interface KeysetRead {
  readonly where: SqlPart
  readonly keys: readonly ResolvedSortKey[]
  readonly position: Position | undefined
  readonly count: number
  readonly projection: NonNullable<Selection['projection']>
}

function fieldsOf(keys: readonly ResolvedSortKey[]): string[] {
  return keys.map(({ field }) => field)
}

export function sortKeys(table: { readonly entity: SqlEntity<unknown> }, orderBy: unknown): readonly ResolvedSortKey[] {
  const { name, fieldNames, keyField } = table.entity
  return parseSort(orderBy, { entity: name, fields: fieldNames, key: keyField })
}

/** Rows in the direction of the position, nearest first. */
function readFrom<Table extends AnyTable>(
  table: SqlTable<Table>,
  { where, keys, position, count, projection }: KeysetRead,
  tx: Transaction | undefined,
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
  const selection = { where: after ? allOf([where, after]) : where, order: compileOrder(order, entity), limit: count, projection }
  return table.select(tx, selection)
}

/** Values as the database wrote them, so that none is rounded: a timestamp keeps its microseconds. */
function positionOf(
  entity: SqlEntity<unknown>,
  keys: readonly ResolvedSortKey[],
  { indexOf }: Pick<SqlProjection<unknown>, 'indexOf'>,
  row: Raw,
): CursorValue[] {
  return keys.map(({ field }) => cursorValue(entity, row[indexOf(field)]))
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
