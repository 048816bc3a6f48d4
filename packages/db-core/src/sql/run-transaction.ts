import type { ConnectionPool } from '../connection/connection-pool.ts'
import { CommitUnknownError, UnknownDatabaseError, UnsupportedError } from '../errors/repository-error.ts'
import type { TransactionOptions } from '../repository/transaction.ts'
import type { SqlConnection } from './sql-connection.ts'
import { SqlTransaction } from './sql-transaction.ts'
import { TransactionLine } from './transaction-line.ts'

const longestTimeoutMs = 10 * 60_000

/** What a committed attempt leaves: its result, and the work that waits for the commit. */
export interface Committed<Result> {
  readonly result: Result
  readonly hooks: readonly (() => void | Promise<void>)[]
}

type Work<Result> = (tx: SqlTransaction) => Promise<Result>

/** One attempt from BEGIN to COMMIT on a connection of its own. @throws CommitUnknownError, SerializationError */
export async function runTransaction<Result>(
  pool: ConnectionPool<SqlConnection>,
  work: Work<Result>,
  options: TransactionOptions,
): Promise<Committed<Result>> {
  const timeoutMs = requireTimeout(options.timeoutMs ?? 5000)
  const connection = await pool.acquire()
  const line = new TransactionLine(connection)
  try {
    const committed = await withinLimit(connection, timeoutMs, () => beginAndWork(connection, line, work, options))
    await commit(connection, line, options)
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

async function beginAndWork<Result>(
  connection: SqlConnection,
  line: TransactionLine,
  work: Work<Result>,
  options: TransactionOptions,
): Promise<Committed<Result>> {
  await line.control(beginText(options))
  const tx = new SqlTransaction(line)
  try {
    const result = await work(tx)
    await line.finish()
    return { result, hooks: tx.hooks }
  } catch (error) {
    line.abandon()
    if (!connection.failure) await rollBack(connection, line)
    throw error
  }
}

function beginText({ isolation, readOnly }: TransactionOptions): string {
  return ['begin', isolation && `isolation level ${isolation}`, readOnly && 'read only'].filter(Boolean).join(' ')
}

async function rollBack(connection: SqlConnection, line: TransactionLine): Promise<void> {
  try {
    await line.control('rollback')
  } catch {
    // What cannot be rolled back is ended: the server then rolls back by itself.
    connection.destroy(new UnknownDatabaseError('The transaction could not be rolled back.'))
  }
}

/** A connection that fails now leaves the outcome open, unless there was nothing to write. */
async function commit(connection: SqlConnection, line: TransactionLine, { readOnly }: TransactionOptions): Promise<void> {
  const command = await line.control('commit').then(
    (result) => result.command,
    (error: unknown) => {
      if (!connection.failure || readOnly) throw error
      throw new CommitUnknownError('The connection was lost during the commit; look the outcome up.', { cause: error })
    },
  )
  if (command !== 'COMMIT')
    throw line.failure ?? new UnknownDatabaseError('The transaction was rolled back, for one of its statements had failed.')
}
