import type { Catalog } from '../catalog/catalog.ts'
import type { Direction, Migration } from './migration.ts'

/** What of a migration a database has. */
export interface MigrationRecord {
  readonly name: string
  readonly checksum: string
  /** `applying` and `undoing`: a run was killed or failed half-way, in a store that cannot undo it, and the next run continues. */
  readonly state: 'applied' | 'applying' | 'undoing'
  readonly appliedAt: Date
  /** The database's user and the host that ran it, `orders@replica-7f`. */
  readonly appliedBy: string
  /** See Migration.contract. */
  readonly contract?: string
  /** Of an unfinished one: how many of its statements are done. */
  readonly done?: number
}

export interface MigrationRecords {
  /** In the order of names. */
  readonly records: readonly MigrationRecord[]
  /** The structure that the migrations have made; undefined before the first. */
  readonly catalog: Catalog | undefined
}

export type HistoryEvent = 'applied' | 'undone' | 'failed' | 'baselined' | 'repaired' | 'forgotten'

export interface HistoryEntry {
  readonly event: HistoryEvent
  /** The migration's name. */
  readonly name: string
  readonly at: Date
  readonly by: string
  readonly durationMs: number
  /** Why it failed, what was repaired; never a value of a row. */
  readonly detail?: string
}

/** A change of records alone, made as one unit. */
export interface RecordChanges {
  readonly add?: readonly Migration[]
  /** Records whose checksum becomes that of the file. */
  readonly accept?: readonly Migration[]
  readonly forget?: readonly string[]
  readonly catalog?: Catalog
  readonly history: readonly Pick<HistoryEntry, 'event' | 'name' | 'detail'>[]
}

/** One statement, or one step of a script, as `plan` shows it. */
export interface PlannedStatement {
  /** The SQL, or words for a step of a script or of an index. */
  readonly text: string
  /** What it locks, for a reader: `ACCESS EXCLUSIVE on users: blocks reads and writes`. */
  readonly lock?: string
  /** Estimated rows of the table it works on. */
  readonly rows?: number
  /** Said and not done, such as an index of somebody else that stays: nothing is pending because of it. */
  readonly informative?: true
}

export interface StepContext {
  /** One plain line per event: progress of a long statement, what was dropped before a retry. */
  readonly log: (line: string) => void
}

/** Migrations in one database, over one connection that holds the lock: what the runner needs of a store. Ended by `close`. */
export interface MigrationStore {
  readonly kind: 'postgres' | 'mysql' | 'sqlite' | 'mongo'
  /**
   * Polls until no other run holds it; the lock ends with this process or its connection. `onWait` is called once where it has to wait.
   * @throws MigrationError after `waitMs`
   */
  lock(waitMs: number, onWait: () => void): Promise<void>
  /** Makes the tables of records where they are missing. */
  prepare(): Promise<void>
  /** Without the tables of records: no records. Changes nothing. */
  readRecords(): Promise<MigrationRecords>
  /** Newest first. */
  readHistory(limit: number): Promise<HistoryEntry[]>
  readCatalog(): Promise<Catalog>
  /**
   * Runs a migration in one direction, or what is left of it, together with its record, the recorded catalog and the history.
   * Whatever is killed, the next call finishes it and nothing runs twice. @throws MigrationError
   */
  run(migration: Migration, direction: Direction, context: StepContext): Promise<void>
  /** Runs them all and takes everything back; undefined where the store cannot take back changes of structure. */
  readonly rehearse?: (migrations: readonly Migration[], direction: Direction, context: StepContext) => Promise<void>
  record(changes: RecordChanges): Promise<void>
  /** What a migration would do; asks the database for sizes, changes nothing. */
  plan(migration: Migration, direction: Direction): Promise<PlannedStatement[]>
  /** What has to follow the migrations, such as indexes that are declared beside a collection; `plan` shows it, `up` does it. */
  readonly afterwards?: { plan(): Promise<PlannedStatement[]>; run(context: StepContext): Promise<void> }
  close(): Promise<void>
}
