import type { RepositoryError } from '../errors/repository-error.ts'
import type { Filter, SortKey } from '../filters/filter.ts'
import type { EntityShape } from '../mixins/traits.ts'
import type { CursorPage, OffsetPage } from '../pages/page.ts'
import type { IncludeSpec, Included, KnownIncludes, NoRelations, Relations } from '../relations/relation.ts'
import type { Transaction } from './transaction.ts'

/** Which rows of a soft-deleting entity a call sees; `live` unless said otherwise. */
export type Scope = 'live' | 'deleted' | 'all'

export interface ReadOptions {
  /** The transaction that the call joins; without one the call is its own. */
  readonly tx?: Transaction | undefined
  readonly scope?: Scope
  /** Frees the caller: the call rejects with the signal's reason at once, and its statement ends by its own time limit. */
  readonly signal?: AbortSignal
}

export interface StreamOptions extends ReadOptions {
  /** How many rows are fetched at a time; 500 unless said otherwise. */
  readonly batch?: number
}

/** Reading rows to change them: the lock is held until the transaction ends. Unsupported outside a transaction and on stores without row locks. */
export interface LockOptions extends ReadOptions {
  readonly lock?: 'update' | 'share'
  /** What to do about rows that someone else holds; `wait` unless said otherwise, `nowait` answers LockTimeout, `skip` leaves them out. */
  readonly onLocked?: 'wait' | 'nowait' | 'skip'
}

export interface WriteOptions {
  readonly tx?: Transaction | undefined
}

export interface UpdateOptions extends WriteOptions {
  /** Write only when the row still has this version; a lost race is StaleVersion. */
  readonly version?: number
}

export interface SeparateOptions extends WriteOptions {
  /** Each row succeeds or fails for itself. */
  readonly atomic: false
}

/** What became of one row of a call whose rows stand for themselves. */
export type Outcome<Row> = { readonly row: Row; readonly error?: undefined } | { readonly row?: undefined; readonly error: RepositoryError }

export interface ListQuery<Row, Related extends Relations = NoRelations> {
  readonly where?: Filter<Row, Related>
  readonly orderBy?: readonly SortKey<Row>[]
  /** 1 to 1,000; 100 unless said otherwise. */
  readonly limit?: number
}

export interface PageQuery<Row, Related extends Relations = NoRelations> extends ListQuery<Row, Related> {
  /** From 1. */
  readonly page?: number
  /** Instead of `page`: how many rows to pass over, from 0. The answer then names the page that its first row would stand on. */
  readonly skip?: number
}

export interface SeekQuery<Row, Related extends Relations = NoRelations> extends ListQuery<Row, Related> {
  /** `next` or `previous` of an earlier page of the same query. */
  readonly cursor?: string
}

/** Columns that belong to db-core and are never written by a caller. */
export type ManagedField = 'createdAt' | 'updatedAt' | 'createdBy' | 'updatedBy' | 'deletedAt' | 'deletedBy' | 'version'

/**
 * The reading half of the contract. `Shown` is what a row looks like in answers: the row itself, a part of it
 * (`selecting`), or the row with related rows (`including`); filters and orders always speak of the whole row.
 */
export interface Reader<Row, Id, Related extends Relations = NoRelations, Shown = Row> {
  /** What the repository knows of its entity without asking the database. */
  readonly entity: EntityShape
  /** The row, or undefined. */
  find(id: Id, options?: LockOptions): Promise<Shown | undefined>
  /** The row. @throws NotFoundError */
  get(id: Id, options?: LockOptions): Promise<Shown>
  /** The only match, or undefined. @throws MultipleResultsError */
  findOne(where: Filter<Row, Related>, options?: LockOptions): Promise<Shown | undefined>
  /** The only match. @throws NotFoundError, MultipleResultsError */
  getOne(where: Filter<Row, Related>, options?: LockOptions): Promise<Shown>
  /** The rows that exist, once each, in the order of `ids`. */
  getMany(ids: readonly Id[], options?: LockOptions): Promise<Shown[]>
  list(query?: ListQuery<Row, Related>, options?: LockOptions): Promise<Shown[]>
  page(query?: PageQuery<Row, Related>, options?: ReadOptions): Promise<OffsetPage<Shown>>
  /** A keyset page: as fast at any depth. @throws InvalidCursorError */
  seek(query?: SeekQuery<Row, Related>, options?: ReadOptions): Promise<CursorPage<Shown>>
  count(where?: Filter<Row, Related>, options?: ReadOptions): Promise<number>
  exists(where: Filter<Row, Related>, options?: ReadOptions): Promise<boolean>
  /** All matches in constant memory, in `orderBy` order. */
  stream(query?: Omit<ListQuery<Row, Related>, 'limit'>, options?: StreamOptions): AsyncIterable<Shown>
}

/**
 * The one contract of all stores. Every method may throw Unavailable, StatementTimeout and Unknown besides what it names.
 * Mixins act by being there: `deletedAt` turns delete into soft delete and hides deleted rows, `version` counts writes,
 * `createdAt` and `updatedAt` are stamped on every path.
 */
export interface Repository<Row, Id, Create, Patch, Related extends Relations = NoRelations> extends Reader<Row, Id, Related> {
  /** The same reads, showing only these fields and the key. */
  selecting<const Field extends keyof Row & string>(fields: readonly Field[]): Reader<Row, Id, Related, Pick<Row, Field>>
  /** The same reads, each row with the rows it is related to; one query per relation and level. */
  including<const Spec extends IncludeSpec<Related>>(
    spec: Spec & KnownIncludes<Related, Spec>,
  ): Reader<Row, Id, Related, Row & Included<Related, Spec>>

  /** @throws ConflictError, ForeignKeyError, NotNullError, CheckError, InvalidValueError */
  create(input: Create, options?: WriteOptions): Promise<Row>
  /** Every row that can be stored, in input order beside the errors of the others. */
  createMany(inputs: readonly Create[], options: SeparateOptions): Promise<Outcome<Row>[]>
  /** All rows or none, in input order. */
  createMany(inputs: readonly Create[], options?: WriteOptions): Promise<Row[]>
  /** @throws NotFoundError, StaleVersionError, ConflictError */
  update(id: Id, patch: Patch, options?: UpdateOptions): Promise<Row>
  /** How many rows were changed. An empty filter throws InvalidFilter. */
  updateMany(where: Filter<Row, Related>, patch: Patch, options?: WriteOptions): Promise<number>
  /** Insert, or update the row that has the same `onConflict` fields, in one statement. */
  upsert(input: Create, onConflict: readonly (keyof Row & string)[], options?: WriteOptions): Promise<Upserted<Row>>
  /** As `upsert` for all rows or none, in input order. @throws InvalidValueError when two inputs have the same key */
  upsertMany(inputs: readonly Create[], onConflict: readonly (keyof Row & string)[], options?: WriteOptions): Promise<Upserted<Row>[]>
  /** Adds to numeric fields in one write. @throws NotFoundError */
  increment(id: Id, by: Partial<Record<keyof Row & string, number>>, options?: WriteOptions): Promise<Row>
  /** Soft where the entity has `deletedAt`, hard elsewhere. @throws NotFoundError */
  delete(id: Id, options?: WriteOptions): Promise<void>
  /** As `delete`; answers how many. An empty filter throws InvalidFilter. */
  deleteMany(where: Filter<Row, Related>, options?: WriteOptions): Promise<number>
  /** As `delete`, and Unsupported where the entity has no `deletedAt`: never a hard delete. */
  softDelete(id: Id, options?: WriteOptions): Promise<void>
  /** Brings a soft-deleted row back. @throws NotFoundError, ConflictError, UnsupportedError */
  restore(id: Id, options?: WriteOptions): Promise<Row>
  /** Removes the row itself, deleted or live. @throws NotFoundError */
  purge(id: Id, options?: WriteOptions): Promise<void>
}

export interface Upserted<Row> {
  readonly row: Row
  readonly created: boolean
}
