import type { Transaction } from '../repository/transaction.ts'
import type { WriteTarget } from '../repository/write-input.ts'
import type { SqlPart } from './sql-part.ts'
import type { NewRow } from './new-row.ts'

/** A row as the database gives it, in the order of the entity's `selection`. */
export type Raw = readonly unknown[]

export interface RawUpserted {
  readonly raw: Raw
  readonly created: boolean
}

/** Writes of one table that tell what they wrote; how, depends on `answers` of the dialect. */
export interface SqlWriter {
  /** In the order of `rows`, which fit into one statement. */
  insert(tx: Transaction | undefined, rows: readonly NewRow[]): Promise<Raw[]>
  /** The changed row, if `where`, which names a key, matched it. */
  updateByKey(tx: Transaction | undefined, change: KeyedChange): Promise<Raw | undefined>
  /**
   * In the order of `rows`, which fit into one statement. All or none.
   * @throws ConflictError when a key belongs to a row that the call may not see
   */
  upsert(tx: Transaction | undefined, rows: readonly NewRow[], how: UpsertPlan): Promise<RawUpserted[]>
}

export interface KeyedChange {
  readonly id: unknown
  readonly changes: readonly SqlPart[]
  /** Key, scope, tenant and perhaps a version. */
  readonly where: SqlPart
}

export interface UpsertPlan {
  /** The fields of a unique key; the tenant is added where the entity has one. */
  readonly onConflict: readonly string[]
  /** Fields that a row that is there keeps. */
  readonly kept: readonly string[]
}

/** What the writing halves of a repository have in common. */
export interface SqlWriteSetting {
  readonly writer: SqlWriter
  readonly target: WriteTarget
}
