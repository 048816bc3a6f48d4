import type { SQLWrapper } from 'drizzle-orm'
import type { PgTable } from 'drizzle-orm/pg-core'
import { ConnectionPool } from '../connection/connection-pool.ts'
import { RepositoryError, SerializationError } from '../errors/repository-error.ts'
import { maskUrl } from '../masking/mask-url.ts'
import { retryConflicts, waitUntil } from '../repository/retry.ts'
import type { Database, DatabaseHealth, PoolHealth, TransactionOptions } from '../repository/transaction.ts'
import { requireSameStore, runAfterCommit, runUnitOfWork } from '../repository/unit-of-work.ts'
import { openSqlConnection } from './open-sql-connection.ts'
import { readPostgresOptions, type PostgresOptions, type PostgresSettings } from './postgres-options.ts'
import { runTransaction } from './run-transaction.ts'
import type { SqlConnection, SqlStatement } from './sql-connection.ts'
import type { WireResult } from './sql-driver.ts'
import { createDrizzle, type SqlDrizzle } from './sql-drizzle.ts'
import { isStalePlan } from './sql-errors.ts'
import { SqlNames } from './sql-names.ts'
import { affectedRows, objectRows } from './sql-queries.ts'
import type { SqlTransaction } from './sql-transaction.ts'
import { SeenShapes } from './statement-shapes.ts'

/** Gives a handle at once and connects with the first statement. @throws InvalidValueError for a URL that is none */
export function connectPostgres(url: string, options: PostgresOptions = {}): PostgresDatabase {
  const settings = readPostgresOptions(url, options)
  settings.logger.info({ url: maskUrl(url), driver: settings.driver, poolSize: settings.pool.poolSize }, 'connecting to PostgreSQL')
  return new PostgresDatabase(settings)
}

/** One PostgreSQL database behind one pool. */
export class PostgresDatabase implements Database<SqlTransaction> {
  readonly store = 'postgres'
  readonly drizzle: SqlDrizzle
  /** Signs cursors; without one `seek` is refused. */
  readonly cursorSecret: string | undefined
  readonly #settings: PostgresSettings
  readonly #pool: ConnectionPool<SqlConnection>
  readonly #names = new SqlNames()

  constructor(settings: PostgresSettings) {
    const shapes = new SeenShapes()
    this.#settings = settings
    this.cursorSecret = settings.cursorSecret
    this.#pool = new ConnectionPool((onLost) => openSqlConnection(settings, { names: this.#names, shapes }, onLost), settings.pool)
    this.drizzle = createDrizzle((statement) => this.run(statement))
  }

  /** Rows as objects; column names as the database gives them. @throws RepositoryError */
  execute<Row extends Record<string, unknown> = Record<string, unknown>>(query: SQLWrapper): Promise<Row[]> {
    return objectRows<Row>(this.drizzle, query)
  }

  /** How many rows a statement changed. @throws RepositoryError */
  affected(query: SQLWrapper): Promise<number> {
    return affectedRows((statement) => this.run(statement), query)
  }

  /** Makes errors name the fields of this table as it declares them. */
  learn(table: PgTable): void {
    this.#names.learn(table)
  }

  async transaction<Result>(work: (tx: SqlTransaction) => Promise<Result>, options: TransactionOptions = {}): Promise<Result> {
    const { result, hooks } = await runUnitOfWork(this, this.store, () =>
      retryConflicts(options.retries ?? 3, () => runTransaction(this.#pool, work, options)),
    )
    await runAfterCommit(hooks, () => this.#settings.logger.error({}, 'work after a commit failed'))
    return result
  }

  async ping(): Promise<void> {
    await this.run({ text: 'select 1', values: undefined })
  }

  async health(): Promise<DatabaseHealth> {
    const startedAt = performance.now()
    try {
      await this.ping()
      return { ok: true, latencyMs: Math.round((performance.now() - startedAt) * 10) / 10, pool: this.poolHealth() }
    } catch (error) {
      return { ok: false, reason: error instanceof RepositoryError ? error.code : 'unknown' }
    }
  }

  /** How many connections are open, idle and waited for at this moment; asks no one. */
  poolHealth(): PoolHealth {
    return this.#pool.health()
  }

  /** Pings with growing pauses until the database answers. @throws UnavailableError after `timeoutMs` */
  waitUntilReady(options: { timeoutMs: number; signal?: AbortSignal }): Promise<void> {
    return waitUntil(() => this.ping(), options)
  }

  /** Lets statements and transactions finish for a bounded time, then ends every connection. */
  close(): Promise<void> {
    return this.#pool.close(this.#settings.closeTimeoutMs)
  }

  /** One statement on a free connection; repositories prepare their texts once and come here. @throws RepositoryError */
  async run(statement: SqlStatement): Promise<WireResult> {
    requireSameStore(this)
    const connection = await this.#pool.acquire()
    try {
      return await runPlannedAnew(connection, statement)
    } finally {
      this.#pool.release(connection)
    }
  }
}

/** A plan that the schema outgrew fails before it does anything; the second time the statement is planned anew. */
async function runPlannedAnew(connection: SqlConnection, statement: SqlStatement): Promise<WireResult> {
  try {
    return await connection.run(statement)
  } catch (error) {
    if (error instanceof SerializationError && isStalePlan(error.cause)) return await connection.run(statement)
    throw error
  }
}
