import { UnsupportedError, type RepositoryError } from '../errors/repository-error.ts'
import type { SqlConnection, SqlStatement } from './sql-connection.ts'
import type { WireResult } from './sql-driver.ts'

/** The one line on which the statements of a transaction run, one after another. */
export class TransactionLine {
  readonly #connection: SqlConnection
  #last: Promise<unknown> = Promise.resolve()
  #busy = 0
  #over = false
  /** The first statement that failed: after it only a rollback is possible, on every database alike. */
  failure: RepositoryError | undefined

  constructor(connection: SqlConnection) {
    this.#connection = connection
  }

  /** Statements of the caller; refused once the transaction is over, so that none runs outside it. */
  run(statement: SqlStatement): Promise<WireResult> {
    const answer = this.#inTurn(() => this.#runInside(statement))
    // A caller that does not wait for its statement still must not end the process; the commit reports the failure.
    answer.catch((error: RepositoryError) => (this.failure ??= error))
    return answer
  }

  /** BEGIN, COMMIT and their kin. */
  control(text: string): Promise<WireResult> {
    return this.#inTurn(() => this.#connection.run({ text, values: undefined }))
  }

  /** Waits for the statements under way, then refuses all others. */
  async finish(): Promise<void> {
    await this.#last
    this.#over = true
  }

  abandon(): void {
    this.#over = true
  }

  async #runInside(statement: SqlStatement): Promise<WireResult> {
    if (this.#over) throw new UnsupportedError('The transaction is over.')
    if (this.failure) throw this.failure
    const result = await this.#connection.run(statement)
    if (result.ended !== undefined) this.#refuseOwnEnd()
    return result
  }

  /** What a caller ended by SQL is over for the server too: whatever came next would run outside. */
  #refuseOwnEnd(): never {
    const refusal = new UnsupportedError('A transaction ends with its callback, never by a statement.')
    this.#connection.destroy(refusal)
    throw refusal
  }

  #inTurn(start: () => Promise<WireResult>): Promise<WireResult> {
    const answer = this.#busy === 0 ? start() : this.#last.then(start)
    this.#busy++
    const done = () => void this.#busy--
    this.#last = answer.then(done, done)
    return answer
  }
}
