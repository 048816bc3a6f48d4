import type { DatabaseLogger } from '../connection/database-logger.ts'

/** A parameter as PostgreSQL's text format has it; every JavaScript value becomes one before a driver sees it. */
export type WireValue = string | null

export interface WireColumn {
  readonly name: string
  /** The type's object id. */
  readonly type: number
}

/** Rows as arrays in column order. */
export interface WireResult {
  readonly rows: unknown[][]
  readonly columns: readonly WireColumn[]
  /** Rows returned or changed. */
  readonly count: number
  /** The first word of the command tag: SELECT, COMMIT, ROLLBACK. */
  readonly command: string
}

/** A script answers with its last result, and with the command that ended a transaction if one did. */
export function scriptResult(results: readonly WireResult[]): WireResult {
  const last = results.at(-1) ?? { rows: [], columns: [], count: 0, command: '' }
  const ended = results.find(({ command }) => command === 'COMMIT' || command === 'ROLLBACK')
  return ended ? { ...last, command: ended.command } : last
}

export interface Settle {
  readonly resolve: (result: WireResult) => void
  readonly reject: (error: unknown) => void
}

/** One physical connection that never reconnects. It is given one statement at a time. */
export interface DriverConnection {
  /** With a name the statement is planned once per connection, without one each time. */
  send(text: string, values: WireValue[], name: string | undefined, settle: Settle): void
  /** Text without parameters; may hold several statements. */
  sendScript(text: string, settle: Settle): void
  destroy(): void
  /** Ends the session politely; bounded. */
  end(): Promise<void>
}

export interface DriverSettings {
  readonly url: string
  readonly applicationName: string
  readonly connectTimeoutMs: number
  readonly statementTimeoutMs: number
  readonly lockTimeoutMs: number
  readonly idleInTransactionTimeoutMs: number
  readonly logger: DatabaseLogger
}

/** Opens one connection within `connectTimeoutMs`; `onLost` is called at once when its socket closes. */
export type OpenDriverConnection = (settings: DriverSettings, onLost: () => void) => Promise<DriverConnection>
