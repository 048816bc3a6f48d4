import type { FastifyBaseLogger } from 'fastify'
import { Problem } from '../problems/problem.ts'

/** Undefined when the schema of the database fits the code, else why not, in words for staff. */
export type SchemaCheck = () => Promise<string | undefined>

/** What is known of whether the schema of the service's database fits its code. */
export class SchemaGuard {
  readonly #check: SchemaCheck
  readonly #log: Pick<FastifyBaseLogger, 'info' | 'warn'>
  #fault: string | undefined
  #running: Promise<string | undefined> | undefined

  constructor(check: SchemaCheck = async () => undefined, log: Pick<FastifyBaseLogger, 'info' | 'warn'>) {
    this.#check = check
    this.#log = log
  }

  /** As it was last seen; while it is set nothing but the probes is served. */
  get fault(): string | undefined {
    return this.#fault
  }

  /** Asks the database, once for all who ask meanwhile; one that does not answer leaves what is known as it was. @throws RepositoryError */
  refresh(): Promise<string | undefined> {
    return (this.#running ??= this.#ask().finally(() => (this.#running = undefined)))
  }

  /** @throws Problem not-ready */
  async require(): Promise<void> {
    const fault = await this.refresh()
    if (fault !== undefined) throw new Problem('not-ready', { detail: fault })
  }

  async #ask(): Promise<string | undefined> {
    const fault = await this.#check()
    if (fault !== this.#fault) this.#tell(fault)
    this.#fault = fault
    return fault
  }

  #tell(fault: string | undefined): void {
    if (fault === undefined) this.#log.info('the schema of the database fits')
    else this.#log.warn({ reason: fault }, 'the schema of the database does not fit')
  }
}
