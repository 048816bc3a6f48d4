import { LockTimeoutError, SerializationError } from '../../errors/repository-error.ts'
import { setTimeout as delay } from 'node:timers/promises'
import type { Direction, Migration, MigrationScript } from '../store/migration.ts'
import type { Statement } from '../files/split-statements.ts'
import { MigrationError } from '../store/migration-error.ts'
import type { MigrationSession } from './migration-session.ts'
import type { SqlMigrationDialect } from './sql-migration-dialect.ts'
import type { SqlRecords } from './sql-records.ts'

/** What running a file needs of its surroundings. */
export interface SqlRun {
  readonly session: MigrationSession
  readonly dialect: SqlMigrationDialect
  readonly records: SqlRecords
  /** For a second connection that watches the progress of a long statement. */
  readonly url: string
  readonly log: (line: string) => void
}

/** One file in one direction. */
export interface SqlTask {
  readonly migration: Migration
  readonly direction: Direction
  readonly script: MigrationScript
  readonly statements: readonly Statement[]
}

/** A statement that failed, with the error of the database as its cause. */
export class StatementFailure extends Error {
  readonly statement: Statement

  constructor(statement: Statement, cause: unknown) {
    super('a statement failed', { cause })
    this.statement = statement
  }
}

/** Whether `statement` is to be run until it changes nothing more. */
export function isRepeated({ comments }: Statement): boolean {
  return comments.some((comment) => comment === 'repeat')
}

/** Runs `work` in one transaction. Whatever fails, nothing of it stays. */
export async function inTransaction<Result>({ session, dialect }: SqlRun, work: () => Promise<Result>): Promise<Result> {
  await session.script(dialect.aroundTransaction.begin)
  try {
    const result = await work()
    const { ended } = await session.script('commit')
    if (ended !== 'commit')
      throw new MigrationError('The transaction was rolled back, for one of its statements had failed unseen. Run again.')
    return result
  } catch (error) {
    await session.rollBack()
    throw error
  }
}

export async function prepareFile({ session, dialect }: SqlRun): Promise<void> {
  for (const text of dialect.aroundTransaction.before) await session.script(text)
}

const lockRetries = 8
const longestPauseMs = 5000

/** What stands in the way of a lock gets time to pass, then it is tried again; so is the loser of a deadlock. */
export async function retryLocks<Result>({ log, session }: SqlRun, name: string, attempt: () => Promise<Result>): Promise<Result> {
  for (let tried = 1; ; tried++) {
    try {
      return await attempt()
    } catch (error) {
      const cause = error instanceof StatementFailure ? error.cause : error
      const again = (cause instanceof LockTimeoutError || cause instanceof SerializationError) && tried <= lockRetries && !session.lost
      if (!again) throw error
      log(`${name}: a lock was not free in time, trying again (${tried} of ${lockRetries})`)
      await delay(Math.min(250 * 2 ** tried, longestPauseMs) * (0.5 + Math.random() / 2))
    }
  }
}

const transactionControl =
  /^(?:begin(?!\s+not\s+atomic)|start\s+transaction|commit|end|rollback(?!\s+(?:work\s+|transaction\s+)?to\b)|abort)\b/i

/** @throws MigrationError where a file opens or ends transactions, which is the runner's part, or holds what its database cannot run safely */
export function requireRunnable({ refuse }: SqlMigrationDialect, { migration, direction, statements }: SqlTask): void {
  for (const { text, line } of statements) {
    const reason = transactionControl.test(text) ? opensTransaction : refuse?.(text)
    if (reason !== undefined) throw new MigrationError(`${migration.name}/${direction}.sql, line ${line}: ${reason}`)
  }
}

const opensTransaction =
  'the file opens or ends the transaction it runs in. Leave that out, or say "-- transaction: off" in its first line, to run statement by statement.'
