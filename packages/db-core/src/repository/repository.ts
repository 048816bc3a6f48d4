import type { Filter, SortKey } from '../filters/filter.ts'
import type { CursorPage, OffsetPage } from '../pages/page.ts'
import type { Transaction } from './transaction.ts'

/** Which rows of a soft-deleting entity a call sees; `live` unless said otherwise. */
export type Scope = 'live' | 'deleted' | 'all'

export interface ReadOptions {
  /** The transaction that the call joins; without one the call is its own. */
  readonly tx?: Transaction | undefined
  readonly scope?: Scope
}

export interface WriteOptions {
  readonly tx?: Transaction | undefined
}

export interface UpdateOptions extends WriteOptions {
  /** Write only when the row still has this version; a lost race is StaleVersion. */
  readonly version?: number
}

export interface ListQuery<Row> {
  readonly where?: Filter<Row>
  readonly orderBy?: readonly SortKey<Row>[]
  /** 1 to 1,000; 100 unless said otherwise. */
  readonly limit?: number
}

export interface PageQuery<Row> extends ListQuery<Row> {
  /** From 1. */
  readonly page?: number
}

export interface SeekQuery<Row> extends ListQuery<Row> {
  /** `next` or `previous` of an earlier page of the same query. */
  readonly cursor?: string
}

/** Columns that belong to db-core and are never written by a caller. */
export type ManagedField = 'createdAt' | 'updatedAt' | 'createdBy' | 'updatedBy' | 'deletedAt' | 'deletedBy' | 'version'

/**
 * The one contract of all stores. Every method may throw Unavailable, StatementTimeout and Unknown besides what it names.
 * Mixins act by being there: `deletedAt` turns delete into soft delete and hides deleted rows, `version` counts writes,
 * `createdAt` and `updatedAt` are stamped on every path.
 */
export interface Repository<Row, Id, Create, Patch> {
  /** The row, or undefined. */
  find(id: Id, options?: ReadOptions): Promise<Row | undefined>
  /** The row. @throws NotFoundError */
  get(id: Id, options?: ReadOptions): Promise<Row>
  /** The only match, or undefined. @throws MultipleResultsError */
  findOne(where: Filter<Row>, options?: ReadOptions): Promise<Row | undefined>
  /** The only match. @throws NotFoundError, MultipleResultsError */
  getOne(where: Filter<Row>, options?: ReadOptions): Promise<Row>
  /** The rows that exist, in the order of `ids`. */
  getMany(ids: readonly Id[], options?: ReadOptions): Promise<Row[]>
  list(query?: ListQuery<Row>, options?: ReadOptions): Promise<Row[]>
  page(query?: PageQuery<Row>, options?: ReadOptions): Promise<OffsetPage<Row>>
  /** A keyset page: as fast at any depth. @throws InvalidCursorError */
  seek(query?: SeekQuery<Row>, options?: ReadOptions): Promise<CursorPage<Row>>
  count(where?: Filter<Row>, options?: ReadOptions): Promise<number>
  exists(where: Filter<Row>, options?: ReadOptions): Promise<boolean>
  /** All matches in constant memory, in `orderBy` order. */
  stream(query?: Omit<ListQuery<Row>, 'limit'>, options?: ReadOptions): AsyncIterable<Row>

  /** @throws ConflictError, ForeignKeyError, NotNullError, CheckError, InvalidValueError */
  create(input: Create, options?: WriteOptions): Promise<Row>
  /** All rows or none, in input order. */
  createMany(inputs: readonly Create[], options?: WriteOptions): Promise<Row[]>
  /** @throws NotFoundError, StaleVersionError, ConflictError */
  update(id: Id, patch: Patch, options?: UpdateOptions): Promise<Row>
  /** How many rows were changed. An empty filter throws InvalidFilter. */
  updateMany(where: Filter<Row>, patch: Patch, options?: WriteOptions): Promise<number>
  /** Insert, or update the row that has the same `onConflict` fields, in one statement. */
  upsert(input: Create, onConflict: readonly (keyof Row & string)[], options?: WriteOptions): Promise<{ row: Row; created: boolean }>
  /** Adds to numeric fields in one write. @throws NotFoundError */
  increment(id: Id, by: Partial<Record<keyof Row & string, number>>, options?: WriteOptions): Promise<Row>
  /** Soft where the entity has `deletedAt`, hard elsewhere. @throws NotFoundError */
  delete(id: Id, options?: WriteOptions): Promise<void>
  /** As `delete`; answers how many. An empty filter throws InvalidFilter. */
  deleteMany(where: Filter<Row>, options?: WriteOptions): Promise<number>
  /** Brings a soft-deleted row back. @throws NotFoundError, ConflictError, UnsupportedError */
  restore(id: Id, options?: WriteOptions): Promise<Row>
  /** Removes the row itself, deleted or live. @throws NotFoundError */
  purge(id: Id, options?: WriteOptions): Promise<void>
}
