import type { Document, Filter, UpdateFilter } from 'mongodb'
import type { MongoDatabase } from '../../mongo/mongo-database.ts'
import type { MongoTransaction } from '../../mongo/mongo-transaction.ts'

/**
 * What the functions `up` and `down` of a data migration are given. A whole up.ts:
 *
 * ```ts
 * import type { MongoMigrationContext } from '@polystore/db-core/migrations'
 *
 * export async function up({ inBatches }: MongoMigrationContext): Promise<void> {
 *   await inBatches({ collection: 'users', filter: { phone: { $exists: false } }, change: { $set: { phone: null } } })
 * }
 * ```
 *
 * Import types alone: the context brings everything, and an image carries no packages. While a script runs, the validators of the
 * service's collections let everything through. A script that was killed is run again from its beginning: what `inBatches` and
 * `once` have done is left out then, and everything else in it happens again.
 */
export interface MongoMigrationContext {
  /** For repositories, and its `driver` for everything else. */
  readonly database: MongoDatabase
  /** One line for the person who watches; never the value of a row. */
  readonly log: (line: string) => void
  /** Aborted when another run may have taken over: give it to long calls of your own. */
  readonly signal: AbortSignal
  /**
   * Walks through the rows of a collection by `_id` and changes them, some hundred in a transaction that also keeps the place, so
   * that a run that was killed goes on exactly there and no row is changed twice. Tells the progress as `12,000 of 100,000 (12 %)`.
   */
  inBatches(walk: BatchWalk): Promise<void>
  /**
   * Runs a piece of work in one transaction, at most a few seconds long, that is remembered with what it writes: exactly once,
   * whatever is killed. `name` says what it does, in the record and to the reader. `work` runs again when the transaction has to.
   */
  once(name: string, work: (tx: MongoTransaction) => Promise<void>): Promise<void>
}

/** Rows to walk through, and one of `change` and `write` for what to do with them. */
export type BatchWalk = WalkedRows & (ChangedRows | WrittenRows)

interface WalkedRows {
  readonly collection: string
  /** All rows unless said otherwise. Rows that appear behind the walk are not visited. */
  readonly filter?: Filter<Document>
  /** Rows in one transaction; 500 unless said otherwise, and by itself fewer where that takes too long or meets too many others. */
  readonly size?: number
}

interface ChangedRows {
  /**
   * The same change for all, in the language of MongoDB, or a function that makes it of a row: it answers an update (`{ $set: … }`),
   * the whole new row, or undefined to leave it. A function may be called again for one row, when its transaction is tried again.
   */
  readonly change: RowChange | ((row: Document) => RowChange | undefined)
  readonly write?: undefined
}

interface WrittenRows {
  /** For writes of any kind, to other collections too: give `tx` to repositories, or `tx.session` to the driver. */
  readonly write: (rows: readonly Document[], tx: MongoTransaction) => Promise<void>
  readonly change?: undefined
}

/** An update, a pipeline of stages, or a whole row. */
export type RowChange = UpdateFilter<Document> | readonly Document[]
