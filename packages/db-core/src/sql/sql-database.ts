import type { SQLWrapper, Table } from 'drizzle-orm'
import { ConnectionPool } from '../connection/connection-pool.ts'
import { RepositoryError, SerializationError, UnsupportedError } from '../errors/repository-error.ts'
import { retryConflicts, waitUntil } from '../repository/retry.ts'
import type { Database, DatabaseHealth, PoolHealth, Transaction, TransactionOptions } from '../repository/transaction.ts'
import {
  requireNoTransaction,
  requireSameStore,
  requireStore,
  runAfterCommit,
  runAfterUnknown,
  runUnitOfWork,
  type CommitHook,
} from '../repository/unit-of-work.ts'
import { openSqlConnection } from './open-sql-connection.ts'
import { runTransaction } from './run-transaction.ts'
import type { SqlConnection, SqlStatement } from './sql-connection.ts'
import type { SqlDialect } from './sql-dialect.ts'
import type { WireResult } from './sql-driver.ts'
import type { SqlEngine } from './sql-engine.ts'
import { SqlNames } from './sql-names.ts'
import type { SqlSettings } from './sql-options.ts'
import { affectedRows, objectRows } from './sql-queries.ts'
import { SqlTransaction } from './sql-transaction.ts'
import { SeenShapes } from './statement-shapes.ts'
import type { TransactionLine } from './transaction-line.ts'

/** One SQL database behind one pool, whatever its kind. */
export class SqlDatabase<Drizzle> implements Database<SqlTransaction<Drizzle>> {
  readonly drizzle: Drizzle
  readonly dialect: SqlDialect
  /** Signs cursors; without one `seek` is refused. */
  readonly cursorSecret: string | undefined
  /** Milliseconds that a call may wait for its turn before it is Unavailable. */
  readonly maxWaitMs: number
  readonly #engine: SqlEngine<Drizzle>
  readonly #settings: SqlSettings
  readonly #pool: ConnectionPool<SqlConnection>
  readonly #names = new SqlNames()

  constructor(engine: SqlEngine<Drizzle>, settings: SqlSettings) {
    const shared = { engine, settings, names: this.#names, shapes: new SeenShapes() }
    this.#engine = engine
    this.#settings = settings
    this.dialect = engine.dialect
    this.cursorSecret = settings.cursorSecret
    this.maxWaitMs = settings.pool.poolTimeoutMs
    this.#pool = new ConnectionPool((onLost) => openSqlConnection(shared, onLost), settings.pool)
    this.drizzle = engine.createDrizzle((statement) => this.run(statement))
  }

  get store(): SqlDialect['store'] {
    return this.dialect.store
  }

  /** Rows as objects; column names as the database gives them. @throws RepositoryError */
  execute<Row extends Record<string, unknown> = Record<string, unknown>>(query: SQLWrapper): Promise<Row[]> {
    return objectRows<Row>(this.dialect, (statement) => this.run(statement), query)
  }

  /** How many rows a statement changed. @throws RepositoryError */
  affected(query: SQLWrapper): Promise<number> {
    return affectedRows(this.dialect, (statement) => this.run(statement), query)
  }

  /** Makes errors name the fields of this table as it declares them. */
  learn(table: Table): void {
    this.#names.learn(table, this.dialect)
  }

  async transaction<Result>(work: (tx: SqlTransaction<Drizzle>) => Promise<Result>, options: TransactionOptions = {}): Promise<Result> {
    const report = () => this.#settings.logger.error({}, 'work after a commit failed')
    const setting = {
      pool: this.#pool,
      begin: (wanted: TransactionOptions) => this.dialect.begin(wanted),
      open: (line: TransactionLine) => new SqlTransaction<Drizzle>({ database: this, engine: this.#engine }, line),
      onUnknown: (hooks: readonly CommitHook[]) => runAfterUnknown(hooks, report),
    }
    const { result, hooks } = await runUnitOfWork(this, this.store, () =>
      retryConflicts(options.retries ?? 3, () => runTransaction(setting, work, options)),
    )
    await runAfterCommit(hooks, report)
    return result
  }

  /** The transaction as this database knows it. @throws UnsupportedError for one of another store or database */
  join(tx: Transaction): SqlTransaction<Drizzle> {
    requireStore(tx, this.store)
    requireSameStore(this)
    if (this.#opened(tx)) return tx
    throw new UnsupportedError('This transaction belongs to another database.')
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
    requireNoTransaction(this)
    const connection = await this.#pool.acquire()
    try {
      return await this.#runPlannedAnew(connection, statement)
    } finally {
      this.#pool.release(connection)
    }
  }

  /** A plan that the schema outgrew fails before it does anything; the second time the statement is planned anew. */
  async #runPlannedAnew(connection: SqlConnection, statement: SqlStatement): Promise<WireResult> {
    try {
      return await connection.run(statement)
    } catch (error) {
      if (error instanceof SerializationError && this.#engine.errors.isStalePlan(error.cause)) return await connection.run(statement)
      throw error
    }
  }

  #opened(tx: Transaction): tx is SqlTransaction<Drizzle> {
    return tx instanceof SqlTransaction && tx.database === this
  }
}
