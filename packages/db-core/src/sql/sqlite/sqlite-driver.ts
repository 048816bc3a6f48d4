import type { DatabaseSync } from 'node:sqlite'
import { RepositoryError, UnavailableError } from '../../errors/repository-error.ts'
import type { DriverConnection, Settle, WireResult, WireValue } from '../sql-driver.ts'
import { createSqlError } from '../sql-errors.ts'
import { isTurnOverdue } from './event-loop-turn.ts'
import { beginWrite, readOnly } from './sqlite-control.ts'
import { isLocked, SqliteFailure } from './sqlite-failure.ts'
import type { OverwriteMark } from './sqlite-functions.ts'
import type { LockQueue, LockWaiter } from './sqlite-lock-queue.ts'
import { requireOne, SqliteStatements, withoutBlank, type SqliteAnswer } from './sqlite-statements.ts'

/** A SQLite statement has 32,766 parameters at most. */
export const maxParameters = 32_766

export interface SqliteDriverSettings {
  readonly lockTimeoutMs: number
  readonly locks: LockQueue
  readonly mark: OverwriteMark
  /** The database is all there is of it: it stays open when a connection to it ends. */
  readonly keepOpen: boolean
  readonly onLost: () => void
}

/** BEGIN, COMMIT, savepoints and pings come as scripts, and again and again. */
const longestKept = 64

const nothing: SqliteAnswer = { rows: [], columns: [], count: 0, insertId: undefined }

/** One open SQLite database. A statement runs to its end when it is sent; only one that finds the file locked waits. */
export class SqliteDriverConnection implements DriverConnection {
  readonly #database: DatabaseSync
  readonly #settings: SqliteDriverSettings
  readonly #statements: SqliteStatements
  #waiter: LockWaiter | undefined
  #readOnly = false
  #closed = false

  constructor(database: DatabaseSync, settings: SqliteDriverSettings) {
    this.#database = database
    this.#settings = settings
    this.#statements = new SqliteStatements(database)
  }

  send(text: string, values: WireValue[], name: string | undefined, settle: Settle): void {
    if (values.length > maxParameters) return settle.reject(createSqlError('too-many-parameters', { code: '', cause: undefined }))
    this.#start(text, () => requireOne(this.#statements.prepare(text, name !== undefined)).run(values), settle)
  }

  sendScript(text: string, settle: Settle): void {
    let rest = withoutBlank(text)
    let answer = nothing
    const goOn = (): SqliteAnswer => {
      // What was done before a lock was met is not done again.
      while (rest !== '') {
        const statement = this.#statements.prepare(rest, rest.length <= longestKept)
        answer = statement.run([])
        rest = statement.rest
      }
      return answer
    }
    this.#start(text, goOn, settle)
  }

  destroy(): void {
    if (this.#closed) return
    this.#closed = true
    if (this.#waiter) this.#settings.locks.leave(this.#waiter)
    if (this.#settings.keepOpen) this.#comeToRest()
    else this.#database.close()
    this.#settings.locks.serve()
  }

  end(): Promise<void> {
    this.destroy()
    return Promise.resolve()
  }

  /** Leaves the database as the next connection to it must find it. */
  #comeToRest(): void {
    if (this.#database.isTransaction) this.#database.exec('rollback')
    if (this.#readOnly) this.#database.exec('pragma query_only = off')
    this.#readOnly = false
  }

  #start(text: string, work: () => SqliteAnswer, settle: Settle): void {
    const attempt = () => this.#attempt(text, work, settle)
    if (this.#closed) return settle.reject(new UnavailableError('The connection is closed.'))
    // Nothing to roll back is no failure, here as elsewhere.
    if (text === 'rollback' && !this.#database.isTransaction) return settle.resolve({ ...nothing, ended: 'rollback' })
    if (text === beginWrite && this.#settings.locks.isContended) {
      this.#wait(attempt, settle)
      this.#settings.locks.serve()
    } else if (!attempt()) this.#wait(attempt, settle)
  }

  #wait(attempt: () => boolean, settle: Settle): void {
    const { locks, lockTimeoutMs } = this.#settings
    this.#waiter = {
      deadlineAt: performance.now() + lockTimeoutMs,
      tryAgain: attempt,
      giveUp: () => settle.reject(createSqlError('lock-timeout', { code: '', cause: undefined })),
    }
    locks.join(this.#waiter)
  }

  /** False when the file is locked and waiting may help. */
  #attempt(text: string, work: () => SqliteAnswer, settle: Settle): boolean {
    const wasOpen = this.#database.isTransaction
    this.#settings.mark.clear()
    let answer: SqliteAnswer
    try {
      answer = work()
    } catch (error) {
      if (isLocked(error, wasOpen)) return false
      this.#refuse(error, { text, wasOpen }, settle)
      return true
    }
    const result: WireResult = { ...answer, ended: this.#endOf(text, wasOpen) }
    if (isTurnOverdue()) setImmediate(() => settle.resolve(result))
    else settle.resolve(result)
    return true
  }

  #refuse(error: unknown, { text, wasOpen }: { text: string; wasOpen: boolean }, settle: Settle): void {
    const ended = this.#endOf(text, wasOpen)
    settle.reject(error instanceof RepositoryError ? error : new SqliteFailure(error, text))
    // SQLite rolled back by itself: what the transaction still sends would run outside it.
    if (ended !== undefined) this.#settings.onLost()
  }

  /** Whether a transaction came to its end just now; then others may have the lock. */
  #endOf(text: string, wasOpen: boolean): WireResult['ended'] {
    if (text === readOnly) this.#readOnly = true
    if (!wasOpen || this.#database.isTransaction) return undefined
    this.#comeToRest()
    this.#settings.locks.serve()
    return /^\s*(?:commit|end)\b/i.test(text) ? 'commit' : 'rollback'
  }
}
