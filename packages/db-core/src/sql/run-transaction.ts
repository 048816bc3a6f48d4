import type { ConnectionPool } from '../connection/connection-pool.ts'
import { CommitUnknownError, UnknownDatabaseError, UnsupportedError } from '../errors/repository-error.ts'
import type { TransactionOptions } from '../repository/transaction.ts'
import type { CommitHook } from '../repository/unit-of-work.ts'
import type { SqlConnection } from './sql-connection.ts'
import type { SqlTransaction } from './sql-transaction.ts'
import { TransactionLine } from './transaction-line.ts'

const longestTimeoutMs = 10 * 60_000

/** What a committed attempt leaves: its result, and the work that waits for the commit. */
export interface Committed<Result> {
  readonly result: Result
  readonly hooks: readonly CommitHook[]
}

/** What a database brings to its transactions. */
export interface TransactionSetting<Tx> {
  readonly pool: ConnectionPool<SqlConnection>
  /** The statements that open one. @throws UnsupportedError */
  readonly begin: (options: TransactionOptions) => readonly string[]
  readonly open: (line: TransactionLine) => Tx
  /** Told of the work that waits for a commit whose outcome is not known. */
  readonly onUnknown: (hooks: readonly CommitHook[]) => Promise<void>
}

/** One attempt from BEGIN to COMMIT on a connection of its own. @throws CommitUnknownError, SerializationError */
export async function runTransaction<Tx extends SqlTransaction<unknown>, Result>(
  { pool, begin, open, onUnknown }: TransactionSetting<Tx>,
  work: (tx: Tx) => Promise<Result>,
  options: TransactionOptions,
): Promise<Committed<Result>> {
  const timeoutMs = requireTimeout(options.timeoutMs ?? 5000)
  const opening = begin(options)
  const connection = await pool.acquire()
  const line = new TransactionLine(connection)
  try {
    const committed = await withinLimit(connection, timeoutMs, () => workInside(connection, line, { opening, work, tx: open(line) }))
    await commit(connection, line, options).catch(async (error: unknown) => {
      if (error instanceof CommitUnknownError) await onUnknown(committed.hooks)
      throw error
    })
    return committed
  } finally {
    line.abandon()
    connection.unreserve()
    pool.release(connection)
  }
}

function requireTimeout(timeoutMs: number): number {
  if (timeoutMs > 0 && timeoutMs <= longestTimeoutMs) return timeoutMs
  throw new UnsupportedError(`timeoutMs lies between 1 and ${longestTimeoutMs}.`)
}

/** Fails as soon as the connection does, even while `work` waits for something else. */
function withinLimit<Result>(connection: SqlConnection, timeoutMs: number, work: () => Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    connection.reserve(performance.now() + timeoutMs, reject)
    work().then(resolve, reject)
  })
}

interface Attempt<Tx, Result> {
  readonly opening: readonly string[]
  readonly tx: Tx
  readonly work: (tx: Tx) => Promise<Result>
}

async function workInside<Tx extends SqlTransaction<unknown>, Result>(
  connection: SqlConnection,
  line: TransactionLine,
  { opening, tx, work }: Attempt<Tx, Result>,
): Promise<Committed<Result>> {
  try {
    for (const text of opening) await line.control(text)
    const result = await work(tx)
    await line.finish()
    if (line.failure) throw line.failure
    return { result, hooks: tx.hooks }
  } catch (error) {
    line.abandon()
    if (!connection.failure) await rollBack(connection, line)
    throw error
  }
}

async function rollBack(connection: SqlConnection, line: TransactionLine): Promise<void> {
  try {
    await line.control('rollback')
  } catch {
    // What cannot be rolled back is ended: the server then rolls back by itself.
    connection.destroy(new UnknownDatabaseError('The transaction could not be rolled back.'))
  }
}

/** A connection that fails now leaves the outcome open, unless there was nothing to write. A refused commit is over on no database but by a rollback. */
async function commit(connection: SqlConnection, line: TransactionLine, { readOnly }: TransactionOptions): Promise<void> {
  const { ended } = await line.control('commit').catch(async (error: unknown) => {
    if (!connection.failure) await rollBack(connection, line)
    else if (!readOnly) throw new CommitUnknownError('The connection was lost during the commit; look the outcome up.', { cause: error })
    throw error
  })
  if (ended !== 'commit') throw new UnknownDatabaseError('The transaction was rolled back, for one of its statements had failed.')
}
