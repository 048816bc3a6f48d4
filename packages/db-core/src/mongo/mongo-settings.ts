import { ReadPreference, type MongoClientOptions } from 'mongodb'
import { silentLogger, type DatabaseLogger } from '../connection/database-logger.ts'
import { checkCursorSecret } from '../pages/cursor.ts'

export interface MongoOptions {
  /** Hard cap of connections per server; 10 unless said otherwise. */
  readonly poolSize?: number
  /** Seconds to wait for a connection, then UnavailableError; 5 unless said otherwise. */
  readonly waitQueueTimeoutSeconds?: number
  /** Seconds a connection may lie idle before it is replaced; 1,800 unless said otherwise. The driver has no limit of age. */
  readonly poolRecycleSeconds?: number
  /** Milliseconds that the server may work on one call; 5,000 unless said otherwise. */
  readonly statementTimeoutMs?: number
  /** Milliseconds to find and reach a server; 5,000 unless said otherwise. */
  readonly connectTimeoutMs?: number
  readonly applicationName?: string
  readonly logger?: DatabaseLogger
  /** At least 32 characters; signs cursors. Without it `seek` is unsupported. */
  readonly cursorSecret?: string
  /** Where timestamps come from; the clock of this process unless said otherwise. */
  readonly clock?: () => Date
}

export interface MongoSettings {
  readonly poolSize: number
  readonly waitQueueTimeoutMs: number
  readonly poolRecycleMs: number
  readonly statementTimeoutMs: number
  readonly connectTimeoutMs: number
  readonly applicationName: string
  readonly logger: DatabaseLogger
  readonly cursorSecret: string | undefined
  readonly clock: () => Date
}

export function resolveSettings(options: MongoOptions): MongoSettings {
  return {
    poolSize: options.poolSize ?? 10,
    waitQueueTimeoutMs: Math.ceil((options.waitQueueTimeoutSeconds ?? 5) * 1000),
    poolRecycleMs: (options.poolRecycleSeconds ?? 1800) * 1000,
    statementTimeoutMs: options.statementTimeoutMs ?? 5000,
    connectTimeoutMs: options.connectTimeoutMs ?? 5000,
    applicationName: options.applicationName ?? 'polystore',
    logger: options.logger ?? silentLogger,
    cursorSecret: checkCursorSecret(options.cursorSecret),
    clock: options.clock ?? (() => new Date()),
  }
}

/**
 * The driver's own limits. `timeoutMS` is not among them: driver 7.9 ignores it, so calls are bounded by `maxTimeMS`
 * at the server, by `socketTimeoutMS` on the wire and by an AbortSignal over the whole.
 */
export function driverOptions(settings: MongoSettings): MongoClientOptions {
  return {
    appName: settings.applicationName,
    maxPoolSize: settings.poolSize,
    waitQueueTimeoutMS: settings.waitQueueTimeoutMs,
    maxIdleTimeMS: settings.poolRecycleMs,
    serverSelectionTimeoutMS: settings.connectTimeoutMs,
    connectTimeoutMS: settings.connectTimeoutMs,
    socketTimeoutMS: settings.statementTimeoutMs + wireMarginMs,
    heartbeatFrequencyMS: 2000,
    retryReads: true,
    retryWrites: true,
    readConcern: { level: 'majority' },
    readPreference: ReadPreference.primary,
    writeConcern: { w: 'majority', journal: true },
  }
}

/** How much longer than the server's own limit the wire may stay silent. Milliseconds. */
const wireMarginMs = 1000

/** Milliseconds from a call to its answer, whatever happens below: waiting for a connection included. */
export function callDeadlineMs(settings: MongoSettings): number {
  return settings.waitQueueTimeoutMs + settings.statementTimeoutMs + wireMarginMs
}
