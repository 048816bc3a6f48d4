import type { DatabaseLogger } from '../connection/database-logger.ts'
import { RepositoryError, UnavailableError, UnsupportedError } from '../errors/repository-error.ts'
import type { Database, DatabaseHealth, Transaction, TransactionOptions } from '../repository/transaction.ts'
import { requireNoTransaction, requireSameStore, requireStore, runAfterCommit, runUnitOfWork } from '../repository/unit-of-work.ts'
import { checkCursorSecret } from '../pages/cursor.ts'
import type { MemoryEntity } from './memory-entity.ts'
import { MemoryState } from './memory-state.ts'
import { MemoryStatement } from './memory-statement.ts'
import { MemoryTransaction, MemoryUnit } from './memory-transaction.ts'

export interface MemoryOptions {
  /** Signs cursors; without one `seek` is refused. */
  readonly cursorSecret?: string
  /** The time that rows are stamped with. */
  readonly clock?: () => Date
  readonly logger?: Pick<DatabaseLogger, 'error'>
}

type Work<Result> = (tx: MemoryTransaction) => Promise<Result>

/**
 * A database in this process, for tests of what uses repositories: nothing to start, nothing to wait for, no timers.
 * Transactions are snapshots, and the first of two that changed the same row to commit wins; the other is tried again by itself.
 */
export class MemoryDatabase implements Database<MemoryTransaction> {
  readonly store = 'memory'
  readonly cursorSecret: string | undefined
  readonly now: () => Date
  readonly #committed = new MemoryState()
  readonly #entities = new Map<string, MemoryEntity>()
  readonly #report: () => void
  #open = true
  /** The end of the attempts that stand in line. */
  #line: Promise<unknown> = Promise.resolve()

  constructor({ cursorSecret, clock = () => new Date(), logger }: MemoryOptions = {}) {
    this.cursorSecret = checkCursorSecret(cursorSecret)
    this.now = clock
    this.#report = () => logger?.error({}, 'work after a commit failed')
  }

  /** The entity of this name, made by the first repository that needs it. References are looked at between known entities. */
  learn(name: string, make: () => MemoryEntity): MemoryEntity {
    const entity = this.#entities.get(name) ?? make()
    this.#entities.set(name, entity)
    return entity
  }

  /** What a call may read: the rows of its transaction, or those that are committed. */
  read(tx: Transaction | undefined, entity: MemoryEntity): MemoryState {
    this.#requireOpen()
    if (tx) return this.#join(tx).read(entity)
    requireNoTransaction(this)
    return this.#committed
  }

  /** Writes that succeed together or not at all. */
  write<Result>(tx: Transaction | undefined, entity: MemoryEntity, work: (statement: MemoryStatement) => Result): Result {
    this.#requireOpen()
    if (tx) return this.#join(tx).write(entity, work)
    requireNoTransaction(this)
    const statement = new MemoryStatement(this.#committed, this.#entities)
    try {
      const result = work(statement)
      statement.finish()
      return result
    } catch (error) {
      statement.undo()
      throw error
    }
  }

  async transaction<Result>(work: Work<Result>, options: TransactionOptions = {}): Promise<Result> {
    this.#requireOpen()
    const { result, tx } = await runUnitOfWork(this, this.store, () => this.#attempts(work, options))
    await runAfterCommit(tx.hooks, this.#report)
    return result
  }

  async ping(): Promise<void> {
    this.#requireOpen()
  }

  async health(): Promise<DatabaseHealth> {
    if (!this.#open) return { ok: false, reason: 'unavailable' }
    return { ok: true, latencyMs: 0, pool: { open: 0, idle: 0, waiting: 0, max: 0 } }
  }

  async close(): Promise<void> {
    this.#open = false
  }

  /** Removes all rows of all entities, past every rule. */
  clear(): void {
    this.#committed.clear()
  }

  /** The first attempt runs beside all others; one that lost is repeated in line, where only newcomers can be in its way. */
  async #attempts<Result>(work: Work<Result>, options: TransactionOptions): Promise<Attempt<Result>> {
    const { retries = 3 } = options
    for (let tried = 0; ; tried += 1) {
      try {
        return tried === 0 ? await this.#attempt(work, options) : await this.#inLine(() => this.#attempt(work, options))
      } catch (error) {
        const again = error instanceof RepositoryError && error.retryable && tried < retries
        if (!again) throw error
      }
    }
  }

  async #attempt<Result>(work: Work<Result>, options: TransactionOptions): Promise<Attempt<Result>> {
    const unit = new MemoryUnit(this.#committed, this.#entities, options)
    const tx = new MemoryTransaction(unit)
    try {
      const result = await unit.beforeDeadline(work(tx))
      unit.commit()
      return { result, tx }
    } finally {
      tx.close()
    }
  }

  #inLine<Result>(attempt: () => Promise<Result>): Promise<Result> {
    const turn = this.#line.then(attempt, attempt)
    this.#line = turn.catch(() => {})
    return turn
  }

  #join(tx: Transaction): MemoryUnit {
    requireStore(tx, this.store)
    requireSameStore(this)
    if (tx instanceof MemoryTransaction && tx.unit.belongsTo(this.#committed)) return tx.unit
    throw new UnsupportedError('The transaction belongs to another database.')
  }

  #requireOpen(): void {
    if (!this.#open) throw new UnavailableError('The database is not available.')
  }
}

interface Attempt<Result> {
  readonly result: Result
  readonly tx: MemoryTransaction
}
