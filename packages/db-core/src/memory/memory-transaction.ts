import {
  RepositoryError,
  SerializationError,
  StatementTimeoutError,
  UnknownDatabaseError,
  UnsupportedError,
} from '../errors/repository-error.ts'
import type { Transaction, TransactionOptions } from '../repository/transaction.ts'
import type { CommitHook } from '../repository/unit-of-work.ts'
import type { MemoryChange } from './memory-change.ts'
import type { MemoryEntity } from './memory-entity.ts'
import type { MemoryState } from './memory-state.ts'
import { MemoryStatement, undoChanges } from './memory-statement.ts'

type Entities = ReadonlyMap<string, MemoryEntity>

/** An open transaction of the memory store, or a savepoint inside one; valid until its callback returns. */
export class MemoryTransaction implements Transaction {
  readonly store = 'memory'
  readonly hooks: CommitHook[] = []
  readonly #unit: MemoryUnit
  #nested = false
  #open = true

  constructor(unit: MemoryUnit) {
    this.#unit = unit
  }

  /** What the transaction reads and writes. @throws UnsupportedError once it is over */
  get unit(): MemoryUnit {
    if (this.#open) return this.#unit
    throw new UnsupportedError('The transaction is over; nothing more can be done in it.')
  }

  afterCommit(work: () => void | Promise<void>): void {
    this.hooks.push({ work })
  }

  /** A savepoint: what `work` did is undone when it throws, and the outer transaction goes on. One at a time. */
  async transaction<Result>(work: (tx: MemoryTransaction) => Promise<Result>): Promise<Result> {
    if (this.#nested) throw new UnsupportedError('A nested transaction is open already; nest inside it or wait for it.')
    const savepoint = this.unit.savepoint()
    const inner = new MemoryTransaction(this.#unit)
    this.#nested = true
    try {
      const result = await work(inner)
      this.#unit.requireUsable()
      this.hooks.push(...inner.hooks)
      return result
    } catch (error) {
      this.#unit.undoTo(savepoint)
      throw error
    } finally {
      inner.close()
      this.#nested = false
    }
  }

  close(): void {
    this.#open = false
  }
}

/** What one attempt of a transaction reads and writes: the rows of its beginning, with its own changes. */
export class MemoryUnit {
  readonly #committed: MemoryState
  readonly #base: MemoryState
  readonly #own: MemoryState
  readonly #entities: Entities
  readonly #options: TransactionOptions
  readonly #changes: MemoryChange[] = []
  readonly #read = new Set<MemoryEntity>()
  #failure: RepositoryError | undefined

  constructor(committed: MemoryState, entities: Entities, options: TransactionOptions) {
    this.#committed = committed
    this.#base = committed.fork()
    this.#own = committed.fork()
    this.#entities = entities
    this.#options = options
  }

  belongsTo(committed: MemoryState): boolean {
    return committed === this.#committed
  }

  read(entity: MemoryEntity): MemoryState {
    this.requireUsable()
    this.#read.add(entity)
    return this.#own
  }

  /** One statement. One that the store refuses ends the transaction, unless a savepoint is left by its error. */
  write<Result>(entity: MemoryEntity, work: (statement: MemoryStatement) => Result): Result {
    if (this.#options.readOnly) throw new UnsupportedError('The transaction is read-only.')
    const statement = new MemoryStatement(this.read(entity), this.#entities)
    try {
      const result = work(statement)
      this.#changes.push(...statement.finish())
      return result
    } catch (error) {
      statement.undo()
      if (isRefusal(error)) this.#failure ??= error
      throw error
    }
  }

  savepoint(): number {
    this.requireUsable()
    return this.#changes.length
  }

  undoTo(savepoint: number): void {
    undoChanges(this.#own, this.#changes.splice(savepoint))
    this.#failure = undefined
  }

  /** @throws UnknownDatabaseError after a statement that was refused */
  requireUsable(): void {
    if (this.#failure === undefined) return
    throw new UnknownDatabaseError('The transaction is rolled back, for one of its statements had failed.', { cause: this.#failure })
  }

  /** The result of `work`, or the timeout, whichever comes first. The one timer of the memory store ends with the attempt. */
  async beforeDeadline<Result>(work: Promise<Result>): Promise<Result> {
    const { timeoutMs = 5000 } = this.#options
    const { promise, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(
      () => reject(new StatementTimeoutError('The transaction was not finished in time and was rolled back.')),
      timeoutMs,
    )
    try {
      return await Promise.race([work, promise])
    } finally {
      clearTimeout(timer)
    }
  }

  /** Makes the changes everyone's, unless someone else was first to change the same. @throws SerializationError */
  commit(): void {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#hasLost()) throw lostRace()
    const statement = new MemoryStatement(this.#committed, this.#entities)
    try {
      for (const change of this.#changes) statement.repeat(change)
      statement.finish()
    } catch (error) {
      statement.undo()
      throw isRefusal(error) ? lostRace() : error
    }
  }

  #hasLost(): boolean {
    if (this.#changes.length === 0) return false
    if (this.#changes.some(({ entity, key }) => rowOf(this.#committed, entity, key) !== rowOf(this.#base, entity, key))) return true
    return (
      this.#options.isolation === 'serializable' &&
      [...this.#read].some((entity) => this.#committed.table(entity) !== this.#base.table(entity))
    )
  }
}

function rowOf(state: MemoryState, entity: MemoryEntity, key: string): unknown {
  return state.table(entity).rows.get(key)
}

function lostRace(): SerializationError {
  return new SerializationError('Another transaction was in the way; nothing was done.')
}

const refusals: ReadonlySet<string> = new Set(['conflict', 'foreign-key', 'not-null', 'check'])

/** What the store itself refuses, as opposed to a call that was wrong before it reached the store. */
function isRefusal(error: unknown): error is RepositoryError {
  return error instanceof RepositoryError && refusals.has(error.code)
}
