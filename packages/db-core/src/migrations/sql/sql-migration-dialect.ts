import type { Catalog } from '../catalog/catalog.ts'
import type { MigrationSession } from './migration-session.ts'

/** What differs between SQL databases when migrations run; SqlMigrationStore does the rest. */
export interface SqlMigrationDialect {
  readonly kind: 'postgres' | 'mysql' | 'sqlite'
  /** Opens the one connection of a run, and waits a while for a database that is starting. @throws RepositoryError */
  open(url: string, waitMs: number): Promise<MigrationSession>
  /** Takes the lock of migrations if it is free, without waiting; it ends with the session. */
  tryLock(session: MigrationSession): Promise<boolean>
  /** The text of the n-th parameter, counted from 1. */
  placeholder(position: number): string
  /** Makes `polystore_migrations`, `polystore_migration_history` and `polystore_catalog` where they are missing. */
  readonly recordTables: readonly string[]
  /** A query that answers a row when `polystore_migrations` exists. */
  readonly recordTableExists: string
  /** Whether a change of structure is undone with its transaction; where not, every file runs statement by statement. */
  readonly transactionalStructure: boolean
  /**
   * `before` runs before every file, whether it is one transaction or goes statement by statement, and after a statement that stood
   * alone; `begin` opens any transaction; `beforeCommit` is asked before the record of a file's end is committed, such as `PRAGMA foreign_key_check`.
   */
  readonly aroundTransaction: {
    readonly before: readonly string[]
    readonly begin: string
    readonly beforeCommit: (session: MigrationSession) => Promise<void>
  }
  /** Why a file cannot hold a statement, in words; undefined when it can. */
  readonly refuse?: (statement: string) => string | undefined
  /** True for a statement that cannot be in a transaction with others: CREATE INDEX CONCURRENTLY, on MySQL every change of structure. */
  runsAlone(statement: string): boolean
  /** Run before a statement that stands alone, such as lifting time-outs that would only break the build of an index. */
  readonly beforeAlone: readonly string[]
  /** Everything but db-core's own tables of records; see Catalog. */
  readCatalog(session: MigrationSession): Promise<Catalog>
  /** Removes what an interrupted statement left behind, such as an invalid index; answers what it removed, in words. */
  clearLeftovers(session: MigrationSession, statement: string): Promise<string[]>
  /** Whether a change of this object of the catalog is the work of a statement that stands alone; by the names in it unless said otherwise. */
  readonly concerns?: (statement: string, object: string) => boolean | undefined
  /** @throws MigrationError when a statement reported success and is not whole, such as an invalid index */
  requireWhole(session: MigrationSession, statement: string): Promise<void>
  /** The server's own words for a failure with its code, where they cannot hold a value of a row; undefined where they can. */
  safeMessage(cause: Error): string | undefined
  /** What a statement locks, for a reader of the plan; undefined when nothing worth saying. */
  describeLock(statement: string): string | undefined
  /** The server's estimate; undefined for a table that does not exist. */
  estimateRows(session: MigrationSession, table: string): Promise<number | undefined>
  /** The progress of the statement that `session` runs, asked on another connection; undefined where the server does not tell. */
  readonly watchProgress?: (
    url: string,
    session: MigrationSession,
  ) => Promise<{ read(): Promise<string | undefined>; close(): Promise<void> }>
}
