import type { Collection } from 'mongodb'
import type { MongoDatabase } from '../../mongo/mongo-database.ts'
import type { HistoryEntry, MigrationRecord } from '../store/migration-store.ts'

/** A migration as the database remembers it; `_id` is its name. */
export interface RecordDocument extends Omit<MigrationRecord, 'name' | 'done'> {
  readonly _id: string
  /** Of an unfinished one: the catalog before it, as JSON. */
  readonly before?: string
  /** Of an unfinished one: what its script has done. */
  readonly steps?: readonly StepDocument[]
  /** While its script runs: the collections whose validators let everything through. */
  readonly relaxed?: readonly RelaxedValidator[]
}

/** One `inBatches` or `once` of a script. */
export interface StepDocument {
  /** Tells it from another in its place. */
  readonly what: string
  readonly finished: boolean
  /** Rows that were visited, and changed. */
  readonly done: number
  readonly changed: number
  readonly total: number
  /** The `_id` after which it goes on; missing before the first row. */
  readonly last?: unknown
}

/** How a validator was set before it was relaxed. */
export interface RelaxedValidator {
  readonly collection: string
  readonly action: string
}

export type HistoryDocument = HistoryEntry

/** One fact of the recorded catalog; `_id` is its object. */
export interface FactDocument {
  readonly _id: string
  readonly fact: string
  /** Of an index that is no longer declared: since when it is hidden. */
  readonly hiddenAt?: Date
}

/** The collections of db-core's own records. */
export interface RecordCollections {
  readonly records: Collection<RecordDocument>
  readonly history: Collection<HistoryDocument>
  readonly facts: Collection<FactDocument>
}

export const recordCollectionNames = ['polystore_migrations', 'polystore_migration_history', 'polystore_catalog'] as const

export function recordCollections({ driver }: Pick<MongoDatabase, 'driver'>): RecordCollections {
  const [records, history, facts] = recordCollectionNames
  return {
    records: driver.collection<RecordDocument>(records),
    history: driver.collection<HistoryDocument>(history),
    facts: driver.collection<FactDocument>(facts),
  }
}
