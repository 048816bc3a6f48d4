import type { SQLWrapper } from 'drizzle-orm'
import { UnsupportedError } from '../errors/repository-error.ts'
import type { AfterCommitOptions, Transaction } from '../repository/transaction.ts'
import type { CommitHook } from '../repository/unit-of-work.ts'
import type { SqlStatement } from './sql-connection.ts'
import type { SqlDialect } from './sql-dialect.ts'
import type { WireResult } from './sql-driver.ts'
import type { SqlEngine } from './sql-engine.ts'
import { affectedRows, objectRows } from './sql-queries.ts'
import type { TransactionLine } from './transaction-line.ts'

/** What opened a transaction. */
export interface TransactionOrigin<Drizzle> {
  readonly database: object
  readonly engine: Pick<SqlEngine<Drizzle>, 'dialect' | 'createDrizzle'>
}

/** An open transaction, or a savepoint inside one; valid until its callback returns. */
export class SqlTransaction<Drizzle> implements Transaction {
  readonly drizzle: Drizzle
  readonly hooks: CommitHook[] = []
  readonly #origin: TransactionOrigin<Drizzle>
  readonly #line: TransactionLine
  readonly #depth: number
  #nested = false
  #over = false
  #attempt: Promise<void> | undefined

  constructor(origin: TransactionOrigin<Drizzle>, line: TransactionLine, depth = 0) {
    this.#origin = origin
    this.#line = line
    this.#depth = depth
    this.drizzle = origin.engine.createDrizzle((statement) => this.#runInside(statement))
  }

  get store(): SqlDialect['store'] {
    return this.#origin.engine.dialect.store
  }

  /** The handle that opened it. */
  get database(): object {
    return this.#origin.database
  }

  /** One statement in its turn; repositories prepare their texts once and come here. @throws RepositoryError */
  run(statement: SqlStatement): Promise<WireResult> {
    return observed(this.#runInside(statement))
  }

  /** Rows as objects; column names as the database gives them. */
  execute<Row extends Record<string, unknown> = Record<string, unknown>>(query: SQLWrapper): Promise<Row[]> {
    return observed(objectRows<Row>(this.#origin.engine.dialect, (statement) => this.#runInside(statement), query))
  }

  /** How many rows a statement changed. */
  affected(query: SQLWrapper): Promise<number> {
    return observed(affectedRows(this.#origin.engine.dialect, (statement) => this.#runInside(statement), query))
  }

  afterCommit(work: () => void | Promise<void>, options: AfterCommitOptions = {}): void {
    this.hooks.push({ work, ...options })
  }

  /** A savepoint: what `work` did is undone when it throws, and the outer transaction goes on. One at a time. */
  async transaction<Result>(work: (tx: SqlTransaction<Drizzle>) => Promise<Result>): Promise<Result> {
    if (this.#nested) throw new UnsupportedError('A nested transaction is open already; nest inside it or wait for it.')
    this.#nested = true
    try {
      return await this.#savepoint(work)
    } finally {
      this.#nested = false
    }
  }

  /**
   * A savepoint for the tries of one call. Until it is over the other calls of this transaction wait: what they wrote meanwhile
   * would be undone with it.
   */
  async attempt<Result>(work: (tx: SqlTransaction<Drizzle>) => Promise<Result>): Promise<Result> {
    while (this.#attempt) await this.#attempt
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#attempt = promise
    try {
      return await this.transaction(work)
    } finally {
      this.#attempt = undefined
      resolve()
    }
  }

  #runInside(statement: SqlStatement): Promise<WireResult> {
    if (this.#over) return Promise.reject(new UnsupportedError('The transaction is over.'))
    if (this.#attempt) return this.#attempt.then(() => this.#runInside(statement))
    return this.#line.run(statement)
  }

  async #savepoint<Result>(work: (tx: SqlTransaction<Drizzle>) => Promise<Result>): Promise<Result> {
    if (this.#over) throw new UnsupportedError('The transaction is over.')
    const name = `s${this.#depth + 1}`
    await this.#line.run({ text: `savepoint ${name}`, values: undefined })
    const inner = new SqlTransaction(this.#origin, this.#line, this.#depth + 1)
    try {
      const result = await work(inner)
      inner.#over = true
      await this.#line.run({ text: `release savepoint ${name}`, values: undefined })
      this.hooks.push(...inner.hooks)
      return result
    } catch (error) {
      inner.#over = true
      await this.#undo(name)
      throw error
    }
  }

  async #undo(name: string): Promise<void> {
    try {
      await this.#line.control(`rollback to savepoint ${name}`)
      await this.#line.control(`release savepoint ${name}`)
      this.#line.failure = undefined
    } catch {
      // The first error says more; a transaction that could not go back fails at its next statement or its commit.
    }
  }
}

/** A promise that may be left alone: the commit reports what failed. */
function observed<Result>(promise: Promise<Result>): Promise<Result> {
  promise.catch(() => {})
  return promise
}
