import type { PooledConnection } from '../connection/connection-pool.ts'
import { StatementTimeoutError, UnavailableError, type RepositoryError } from '../errors/repository-error.ts'
import type { DriverConnection, Settle, WireResult, WireValue } from './sql-driver.ts'
import type { SqlErrors } from './sql-errors.ts'
import type { SqlNames } from './sql-names.ts'
import { ConnectionShapes, type SeenShapes } from './statement-shapes.ts'

export interface SqlStatement {
  readonly text: string
  /** Undefined for a script: no parameters, perhaps several statements. */
  readonly values: WireValue[] | undefined
}

export type RunStatement = (statement: SqlStatement) => Promise<WireResult>

export interface SqlConnectionSettings {
  /** Milliseconds that the server gets beyond its own statement_timeout to say so. */
  readonly statementDeadlineMs: number
  readonly checkTimeoutMs: number
  readonly errors: SqlErrors
  readonly names: SqlNames
  readonly shapes: SeenShapes
  /** Told once, when the connection can no longer be used. */
  readonly onLost: (connection: SqlConnection) => void
  readonly onStatement: ((text: string, milliseconds: number) => void) | undefined
}

interface Running {
  readonly resolve: (result: WireResult) => void
  readonly reject: (error: RepositoryError) => void
  readonly startedAt: number
  readonly text: string
  deadlineAt: number
}

/** One connection with a fence: once lost or overdue it fails what runs at that moment and everything after. */
export class SqlConnection implements PooledConnection {
  failure: RepositoryError | undefined
  readonly #driver: DriverConnection
  readonly #settings: SqlConnectionSettings
  readonly #shapes: ConnectionShapes
  #running: Running | undefined
  #limitAt = Infinity
  #onFailure: ((error: RepositoryError) => void) | undefined

  constructor(driver: DriverConnection, settings: SqlConnectionSettings) {
    this.#driver = driver
    this.#settings = settings
    this.#shapes = new ConnectionShapes(settings.shapes)
  }

  get worn(): boolean {
    return this.#shapes.full
  }

  /** Runs one statement; the borrower awaits it before the next. @throws RepositoryError */
  run(statement: SqlStatement): Promise<WireResult> {
    return new Promise((resolve, reject) => {
      if (this.failure) return reject(this.failure)
      const startedAt = performance.now()
      const running = { resolve, reject, startedAt, text: statement.text, deadlineAt: startedAt + this.#settings.statementDeadlineMs }
      this.#running = running
      this.#send(statement, {
        resolve: (result) => this.#succeed(running, result),
        reject: (error) => this.#fail(running, error),
      })
    })
  }

  /** From now until `release`, everything ends at `limitAt`, and `onFailure` hears of a loss even between statements. */
  reserve(limitAt: number, onFailure: (error: RepositoryError) => void): void {
    this.#limitAt = limitAt
    this.#onFailure = onFailure
    if (this.failure) onFailure(this.failure)
  }

  unreserve(): void {
    this.#limitAt = Infinity
    this.#onFailure = undefined
  }

  expire(now: number): void {
    if (now >= this.#limitAt) this.destroy(new StatementTimeoutError('The transaction took longer than it may.'))
    else if (this.#running && now >= this.#running.deadlineAt)
      this.destroy(new StatementTimeoutError('The database did not answer in time.'))
  }

  async check(): Promise<boolean> {
    const answer = this.run({ text: 'select 1', values: undefined })
    if (this.#running) this.#running.deadlineAt = performance.now() + this.#settings.checkTimeoutMs
    return answer.then(
      () => true,
      () => false,
    )
  }

  destroy(reason: RepositoryError): void {
    this.#die(reason)
    this.#driver.destroy()
  }

  /** The socket was closed, by whatever cause. */
  lose(): void {
    this.#die(new UnavailableError('The connection to the database was lost.'))
  }

  async end(): Promise<void> {
    await this.#driver.end()
  }

  #send({ text, values }: SqlStatement, settle: Settle): void {
    if (values === undefined) this.#driver.sendScript(text, settle)
    else this.#driver.send(text, values, this.#shapes.nameOf(text), settle)
  }

  #succeed(running: Running, result: WireResult): void {
    if (this.#running === running) this.#running = undefined
    this.#settings.onStatement?.(running.text, performance.now() - running.startedAt)
    running.resolve(result)
  }

  #fail(running: Running, error: unknown): void {
    if (this.#running === running) this.#running = undefined
    const { errors, names } = this.#settings
    const translated = errors.translate(error, names)
    if (errors.isConnectionLoss(error)) this.destroy(translated)
    if (errors.isStalePlan(error)) this.#shapes.forget(running.text)
    this.#settings.onStatement?.(running.text, performance.now() - running.startedAt)
    running.reject(translated)
  }

  #die(failure: RepositoryError): void {
    if (this.failure) return
    this.failure = failure
    this.#running?.reject(failure)
    this.#running = undefined
    this.#onFailure?.(failure)
    this.#settings.onLost(this)
  }
}
