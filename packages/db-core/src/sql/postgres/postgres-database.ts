import { maskUrl } from '../../masking/mask-url.ts'
import { SqlDatabase } from '../sql-database.ts'
import type { SqlEngine } from '../sql-engine.ts'
import type { SqlTransaction } from '../sql-transaction.ts'
import { openPgDriver } from './pg-driver.ts'
import { postgresDialect } from './postgres-dialect.ts'
import { openPostgresDriver } from './postgres-driver.ts'
import { createPostgresDrizzle, type PostgresDrizzle } from './postgres-drizzle.ts'
import { postgresErrors } from './postgres-errors.ts'
import { readPostgresOptions, type PostgresOptions, type PostgresSettings } from './postgres-options.ts'

/** Gives a handle at once and connects with the first statement. @throws InvalidValueError for a URL that is none */
export function connectPostgres(url: string, options: PostgresOptions = {}): PostgresDatabase {
  const settings = readPostgresOptions(url, options)
  settings.logger.info({ url: maskUrl(url), driver: settings.driver, poolSize: settings.pool.poolSize }, 'connecting to PostgreSQL')
  return new PostgresDatabase(settings)
}

/** One PostgreSQL database behind one pool. */
export class PostgresDatabase extends SqlDatabase<PostgresDrizzle> {
  constructor(settings: PostgresSettings) {
    super(postgresEngine(settings), settings)
  }

  override get store(): 'postgres' {
    return 'postgres'
  }
}

/** A transaction of PostgreSQL, as `PostgresDatabase.transaction` opens it. */
export type PostgresTransaction = SqlTransaction<PostgresDrizzle>

/** PostgreSQL by the driver that the settings name. */
export function postgresEngine(settings: PostgresSettings): SqlEngine<PostgresDrizzle> {
  const openDriver = settings.driver === 'pg' ? openPgDriver : openPostgresDriver
  return {
    dialect: postgresDialect,
    errors: postgresErrors,
    openDriver: (onLost) => openDriver(settings, onLost),
    createDrizzle: createPostgresDrizzle,
  }
}
