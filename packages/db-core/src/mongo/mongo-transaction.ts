import {
  MongoError,
  MongoServerError,
  type ClientSession,
  type MongoClient,
  type TransactionOptions as DriverTransactionOptions,
} from 'mongodb'
import { setTimeout as delay } from 'node:timers/promises'
import { CommitUnknownError, SerializationError, StatementTimeoutError, UnsupportedError } from '../errors/repository-error.ts'
import { retryDelayMs } from '../repository/retry.ts'
import type { AfterCommitOptions, Transaction, TransactionOptions } from '../repository/transaction.ts'
import type { CommitHook } from '../repository/unit-of-work.ts'
import { hasMongoLabel, isConnectionLoss, translateMongoError } from './mongo-errors.ts'

/** An open transaction: pass it as `{ tx }` to repositories, or its session to the driver. */
export interface MongoTransaction extends Transaction {
  readonly store: 'mongo'
  /** For custom driver calls: `collection.findOne(query, { session: tx.session })`. @throws StatementTimeoutError once the transaction is over */
  readonly session: ClientSession
  /** Aborted when the time of the transaction is over. */
  readonly signal: AbortSignal
}

const transactionOptions: DriverTransactionOptions = {
  readConcern: { level: 'snapshot' },
  writeConcern: { w: 'majority', journal: true },
  readPreference: 'primary',
}

const rollbackWaitMs = 500

/** One attempt of a transaction. After its end nothing can be sent in its name. */
export class OpenMongoTransaction implements MongoTransaction {
  readonly store = 'mongo'
  readonly client: MongoClient
  readonly signal: AbortSignal
  readonly hooks: CommitHook[] = []
  readonly #session: ClientSession
  readonly #deadline = new AbortController()
  readonly #timer: NodeJS.Timeout
  #open = true
  #last: Promise<unknown> = Promise.resolve()

  constructor(client: MongoClient, timeoutMs: number) {
    this.client = client
    this.#session = client.startSession()
    this.#session.startTransaction({ ...transactionOptions, maxCommitTimeMS: timeoutMs })
    this.signal = this.#deadline.signal
    this.#timer = setTimeout(() => this.#deadline.abort(timeoutError(timeoutMs)), timeoutMs)
  }

  get session(): ClientSession {
    this.signal.throwIfAborted()
    if (!this.#open) throw new UnsupportedError('The transaction is over; nothing more can be done in it.')
    return this.#session
  }

  afterCommit(work: () => void | Promise<void>, options: AfterCommitOptions = {}): void {
    this.hooks.push({ work, ...options })
  }

  transaction<Result>(_work: (tx: OpenMongoTransaction) => Promise<Result>): Promise<Result> {
    return Promise.reject(new UnsupportedError('MongoDB has no savepoints, so a transaction cannot be nested.'))
  }

  /** One call after the other: a session of MongoDB cannot run two at once. */
  async inTurn<Result>(call: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(call, call)
    this.#last = turn.catch(() => {})
    return await turn
  }

  /** The result of `work`, or the timeout, whichever comes first. */
  async beforeDeadline<Result>(work: Promise<Result>): Promise<Result> {
    const { promise, reject } = Promise.withResolvers<never>()
    const onAbort = () => reject(this.signal.reason)
    this.signal.addEventListener('abort', onAbort, { once: true })
    try {
      return await Promise.race([work, promise])
    } finally {
      this.signal.removeEventListener('abort', onAbort)
    }
  }

  /** Lets no further call in and rolls back what is open. A server that does not answer is not waited for; it rolls back by itself. */
  async close(): Promise<void> {
    this.#open = false
    clearTimeout(this.#timer)
    const ended = this.#session.endSession().catch(() => {})
    await Promise.race([ended, delay(rollbackWaitMs, undefined, { ref: false })])
  }

  commit(): Promise<void> {
    return this.#session.commitTransaction()
  }
}

function timeoutError(timeoutMs: number): StatementTimeoutError {
  return new StatementTimeoutError(`The transaction was not finished within ${timeoutMs} ms and was rolled back`)
}

const defaultRetries = 3
const defaultTimeoutMs = 5000
const commitAttempts = 4

interface Attempt<Result> {
  readonly work: (tx: OpenMongoTransaction) => Promise<Result>
  readonly timeoutMs: number
  /** Told of the work that waits for a commit whose outcome is not known. */
  readonly onUnknown: (hooks: readonly CommitHook[]) => Promise<void>
}

/**
 * Runs `work` in a snapshot transaction with majority write concern and gives back its result and its hooks.
 * The whole is tried again on a transient error, the commit alone on an unknown result; both bounded in number and time.
 */
export async function runMongoTransaction<Result>(
  client: MongoClient,
  { work, onUnknown }: Pick<Attempt<Result>, 'work' | 'onUnknown'>,
  options: TransactionOptions,
): Promise<{ result: Result; hooks: readonly CommitHook[] }> {
  refuseUnsupported(options)
  const { retries = defaultRetries, timeoutMs = defaultTimeoutMs } = options
  const lastStartAt = performance.now() + timeoutMs
  for (let tried = 0; ; tried += 1) {
    try {
      return await runAttempt(client, { work, timeoutMs, onUnknown })
    } catch (error) {
      const again = isTransient(error) && tried < retries && performance.now() < lastStartAt
      if (!again) throw error instanceof MongoError ? translateMongoError(error) : error
      await delay(retryDelayMs(tried))
    }
  }
}

function refuseUnsupported({ isolation, readOnly }: TransactionOptions): void {
  if (isolation === 'serializable') throw new UnsupportedError('MongoDB transactions are snapshots, not serializable.')
  if (readOnly) throw new UnsupportedError('MongoDB has no read-only transactions.')
}

async function runAttempt<Result>(
  client: MongoClient,
  { work, timeoutMs, onUnknown }: Attempt<Result>,
): Promise<{ result: Result; hooks: readonly CommitHook[] }> {
  const tx = new OpenMongoTransaction(client, timeoutMs)
  try {
    const result = await tx.beforeDeadline(work(tx))
    await commit(tx, timeoutMs).catch(async (error: unknown) => {
      if (error instanceof CommitUnknownError) await onUnknown(tx.hooks)
      throw error
    })
    return { result, hooks: tx.hooks }
  } finally {
    await tx.close()
  }
}

async function commit(tx: OpenMongoTransaction, timeoutMs: number): Promise<void> {
  const endsAt = performance.now() + timeoutMs
  for (let tried = 1; ; tried += 1) {
    try {
      return await commitOnce(tx, endsAt)
    } catch (error) {
      if (!isUnknown(error)) throw error
      const pauseMs = retryDelayMs(tried)
      if (tried >= commitAttempts || performance.now() + pauseMs >= endsAt) throw commitUnknown(error)
      await delay(pauseMs)
    }
  }
}

/** A commit outlives the deadline of its work, and so has its own. */
async function commitOnce(tx: OpenMongoTransaction, endsAt: number): Promise<void> {
  const signal = AbortSignal.timeout(Math.max(1, Math.ceil(endsAt - performance.now())))
  const { promise, reject } = Promise.withResolvers<never>()
  signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  await Promise.race([tx.commit(), promise])
}

function commitUnknown(cause: unknown): CommitUnknownError {
  return new CommitUnknownError('Whether the transaction was committed is not known.', { cause })
}

function isTransient(error: unknown): boolean {
  if (error instanceof CommitUnknownError || hasMongoLabel(error, 'UnknownTransactionCommitResult')) return false
  // The driver labels a connection that was lost under a command, not one that could not be made for it.
  return error instanceof SerializationError || hasMongoLabel(error, 'TransientTransactionError') || isConnectionLoss(error)
}

/** Only an answer of the server ends a commit. Anything else may be a lost answer, also a TypeError: driver 7.9 stumbles over a socket that was just closed. */
function isUnknown(error: unknown): boolean {
  return !(error instanceof MongoServerError) || error.hasErrorLabel('UnknownTransactionCommitResult')
}
