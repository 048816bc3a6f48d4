import { InvalidValueError } from '../../errors/repository-error.ts'
import { positive, readSqlOptions, type SqlOptions, type SqlSettings } from '../sql-options.ts'

export interface PostgresOptions extends SqlOptions {
  readonly driver?: 'postgres' | 'pg'
  /** How long a transaction may rest between two statements; 10,000 unless said otherwise. */
  readonly idleInTransactionTimeoutMs?: number
}

export interface PostgresSettings extends SqlSettings {
  readonly url: string
  readonly driver: 'postgres' | 'pg'
  readonly idleInTransactionTimeoutMs: number
}

/** Fills the defaults in. @throws InvalidValueError, which never quotes the URL */
export function readPostgresOptions(url: string, options: PostgresOptions): PostgresSettings {
  requirePostgresUrl(url)
  return {
    ...readSqlOptions(options),
    url,
    driver: options.driver ?? 'postgres',
    idleInTransactionTimeoutMs: positive(options.idleInTransactionTimeoutMs ?? 10_000, 'idleInTransactionTimeoutMs'),
  }
}

function requirePostgresUrl(url: string): void {
  const parsed = URL.parse(url)
  if (parsed?.protocol !== 'postgres:' && parsed?.protocol !== 'postgresql:')
    throw new InvalidValueError('The database URL must start with postgres:// and be valid.')
  if (parsed.host.includes(',')) throw new InvalidValueError('The database URL must name one host.')
}
