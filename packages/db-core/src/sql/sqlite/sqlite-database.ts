import { maskUrl } from '../../masking/mask-url.ts'
import { SqlDatabase } from '../sql-database.ts'
import type { SqlEngine } from '../sql-engine.ts'
import type { SqlTransaction } from '../sql-transaction.ts'
import { sqliteDialect } from './sqlite-dialect.ts'
import { createSqliteDrizzle, type SqliteDrizzle } from './sqlite-drizzle.ts'
import { sqliteErrors } from './sqlite-errors.ts'
import { SqliteOpener } from './sqlite-opener.ts'
import { readSqliteOptions, type SqliteOptions, type SqliteSettings } from './sqlite-options.ts'

/**
 * Gives a handle at once and opens the file, which is made if need be, with the first statement. A statement runs to its end inside
 * this process: only waiting for a lock is bounded by `statementTimeoutMs`, and nothing else happens meanwhile.
 * @throws InvalidValueError for a URL that is none
 */
export function connectSqlite(url: string, options: SqliteOptions = {}): SqliteDatabase {
  const settings = readSqliteOptions(url, options)
  settings.logger.info({ url: maskUrl(url), poolSize: settings.pool.poolSize }, 'opening SQLite')
  return new SqliteDatabase(settings)
}

/** One SQLite database, in a file or in memory, behind one pool. */
export class SqliteDatabase extends SqlDatabase<SqliteDrizzle> {
  readonly #opener: SqliteOpener

  constructor(settings: SqliteSettings) {
    const opener = new SqliteOpener(settings)
    super(sqliteEngine(opener), settings)
    this.#opener = opener
  }

  override get store(): 'sqlite' {
    return 'sqlite'
  }

  /** As for every database; what was in memory is gone then. */
  override async close(): Promise<void> {
    await super.close()
    this.#opener.close()
  }
}

/** A transaction of SQLite, as `SqliteDatabase.transaction` opens it. */
export type SqliteTransaction = SqlTransaction<SqliteDrizzle>

export function sqliteEngine(opener: SqliteOpener): SqlEngine<SqliteDrizzle> {
  return {
    dialect: sqliteDialect,
    errors: sqliteErrors,
    openDriver: (onLost) => opener.open(onLost),
    createDrizzle: createSqliteDrizzle,
  }
}
