import { setTimeout as delay } from 'node:timers/promises'
import { RepositoryError } from '../errors/repository-error.ts'
import { waitUntil } from '../repository/retry.ts'
import { openSqlConnection } from '../sql/open-sql-connection.ts'
import { postgresEngine } from '../sql/postgres/postgres-database.ts'
import { readPostgresOptions } from '../sql/postgres/postgres-options.ts'
import { decodeRows, encodeValues } from '../sql/postgres/postgres-values.ts'
import type { SqlConnection } from '../sql/sql-connection.ts'
import { SqlNames } from '../sql/sql-names.ts'
import { SeenShapes } from '../sql/statement-shapes.ts'
import { MigrationError } from './migration-error.ts'

const statementTimeoutMs = 30 * 60_000
const pollMs = 250
const longestConnectMs = 15_000
// Locks are counted per database, so one number serves all of them.
const lockKey = 7_263_190_451

/** The one connection of a run: it holds the lock and runs the files, so that losing one loses both. */
export class MigrationSession {
  readonly #connection: SqlConnection
  readonly #deadlines: NodeJS.Timeout

  constructor(connection: SqlConnection) {
    this.#connection = connection
    this.#deadlines = setInterval(() => connection.expire(performance.now()), 1000)
  }

  /** Runs a file as it stands. */
  async script(text: string): Promise<void> {
    await this.#connection.run({ text, values: undefined })
  }

  /** Never throws: without a connection the server rolls back by itself. */
  async rollBack(): Promise<void> {
    if (!this.#connection.failure) await this.#connection.run({ text: 'rollback', values: undefined }).catch(() => {})
  }

  async rows(text: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> {
    const { rows, columns } = await this.#connection.run({ text, values: encodeValues(values) })
    return decodeRows(rows, columns)
  }

  /** Polls, for a session that waits inside pg_advisory_lock would block CREATE INDEX CONCURRENTLY. @throws MigrationError after `waitMs` */
  async lock(waitMs: number): Promise<void> {
    const endsAt = performance.now() + waitMs
    while (!(await this.#tryLock())) {
      if (performance.now() > endsAt) throw new MigrationError('Another run of migrations holds the lock.')
      await delay(pollMs)
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#deadlines)
    await this.#connection.end()
  }

  async #tryLock(): Promise<boolean> {
    const [row] = await this.rows('select pg_try_advisory_lock($1::bigint) as held', [lockKey])
    return row?.['held'] === true
  }
}

/** Waits a while for a database that is starting. @throws UnavailableError */
export async function openMigrationSession(url: string, waitMs: number): Promise<MigrationSession> {
  const settings = readPostgresOptions(url, { driver: 'pg', applicationName: 'polystore-migrations', statementTimeoutMs, lockTimeoutMs: 3000 })
  const shared = { engine: postgresEngine(settings), settings, names: new SqlNames(), shapes: new SeenShapes() }
  const open = () => openSqlConnection(shared, () => {})
  return new MigrationSession(await waitUntil(open, { timeoutMs: Math.min(waitMs, longestConnectMs) }))
}

/** The server's own words where they hold no data; PostgreSQL's classes 22 and 23 quote values. */
export function explainFailure(error: unknown): string {
  if (!(error instanceof RepositoryError)) return error instanceof Error ? error.message : 'unknown error'
  const { cause, message } = error
  if (!(cause instanceof Error) || !('code' in cause) || typeof cause.code !== 'string') return message
  return /^2[23]/.test(cause.code) ? `${message} (${cause.code})` : `${cause.message} (${cause.code})`
}
