import type { PoolSettings } from '../connection/connection-pool.ts'
import { silentLogger, type DatabaseLogger } from '../connection/database-logger.ts'
import { InvalidValueError } from '../errors/repository-error.ts'
import { checkCursorSecret } from '../pages/cursor.ts'

/** What every SQL database can be told; each has options of its own besides. */
export interface SqlOptions {
  /** Connections that stay open; 10 unless said otherwise. */
  readonly poolSize?: number
  /** Connections above `poolSize` under load, closed when idle; 5 unless said otherwise. */
  readonly maxOverflow?: number
  /** How long a call waits for a connection; 5 unless said otherwise. */
  readonly poolTimeoutSeconds?: number
  /** An older connection is replaced; 1,800 unless said otherwise. */
  readonly poolRecycleSeconds?: number
  /** A connection that rested longer is asked for a sign of life before it is used; 30,000 unless said otherwise. */
  readonly idleCheckMs?: number
  /** 5,000 unless said otherwise. */
  readonly statementTimeoutMs?: number
  /** 2,000 unless said otherwise. */
  readonly lockTimeoutMs?: number
  /** 5,000 unless said otherwise. */
  readonly connectTimeoutMs?: number
  /** How long `close` lets work finish; 5,000 unless said otherwise. */
  readonly closeTimeoutMs?: number
  /** Logs every statement and its time, never its values. */
  readonly echo?: boolean
  readonly logger?: DatabaseLogger
  readonly applicationName?: string
  /** Signs cursors; at least 32 characters. */
  readonly cursorSecret?: string
}

export interface SqlSettings {
  readonly applicationName: string
  readonly connectTimeoutMs: number
  readonly statementTimeoutMs: number
  readonly lockTimeoutMs: number
  readonly closeTimeoutMs: number
  readonly echo: boolean
  readonly logger: DatabaseLogger
  readonly cursorSecret: string | undefined
  readonly pool: PoolSettings
}

/** Fills the defaults in. @throws InvalidValueError */
export function readSqlOptions(options: SqlOptions): SqlSettings {
  return {
    applicationName: options.applicationName ?? 'polystore',
    connectTimeoutMs: positive(options.connectTimeoutMs ?? 5000, 'connectTimeoutMs'),
    statementTimeoutMs: positive(options.statementTimeoutMs ?? 5000, 'statementTimeoutMs'),
    lockTimeoutMs: positive(options.lockTimeoutMs ?? 2000, 'lockTimeoutMs'),
    closeTimeoutMs: positive(options.closeTimeoutMs ?? 5000, 'closeTimeoutMs'),
    echo: options.echo ?? false,
    logger: options.logger ?? silentLogger,
    cursorSecret: checkCursorSecret(options.cursorSecret),
    pool: poolSettings(options),
  }
}

/** @throws InvalidValueError */
export function positive(value: number, name: string): number {
  if (Number.isFinite(value) && value > 0) return value
  throw new InvalidValueError(`${name} must be a positive number.`)
}

function poolSettings(options: SqlOptions): PoolSettings {
  return {
    poolSize: positive(options.poolSize ?? 10, 'poolSize'),
    maxOverflow: options.maxOverflow === 0 ? 0 : positive(options.maxOverflow ?? 5, 'maxOverflow'),
    poolTimeoutMs: positive(options.poolTimeoutSeconds ?? 5, 'poolTimeoutSeconds') * 1000,
    poolRecycleMs: positive(options.poolRecycleSeconds ?? 1800, 'poolRecycleSeconds') * 1000,
    idleCheckMs: positive(options.idleCheckMs ?? 30_000, 'idleCheckMs'),
    overflowIdleMs: 2000,
    logger: options.logger ?? silentLogger,
  }
}
