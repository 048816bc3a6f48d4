import { RepositoryError } from '@polystore/db-core'
import type { ServiceState } from '../lifecycle/service-state.ts'
import { Problem } from '../problems/problem.ts'

const checkTimeoutMs = 2_000

/** Whether the service can do its work now: its phase, then its own databases. */
export class Readiness {
  readonly #state: ServiceState
  readonly #check: () => Promise<void>
  #running: Promise<string | undefined> | undefined

  constructor(state: ServiceState, check: () => Promise<void> = async () => {}) {
    this.#state = state
    this.#check = check
  }

  /** @throws Problem not-ready */
  async assertReady(): Promise<void> {
    const reason = await this.reasonAgainst()
    if (reason !== undefined) throw new Problem('not-ready', { detail: reason, headers: { 'retry-after': '1' } })
  }

  /** Undefined when ready, else why not, in words without secrets. Answers within 2 seconds; checks at once share one call. */
  async reasonAgainst(): Promise<string | undefined> {
    if (this.#state.phase !== 'running') return `The service is ${this.#state.phase}.`
    this.#running ??= this.#run().finally(() => (this.#running = undefined))
    return this.#running
  }

  async #run(): Promise<string | undefined> {
    const { promise: late, resolve } = Promise.withResolvers<string>()
    const timer = setTimeout(() => resolve(`A dependency did not answer within ${checkTimeoutMs} ms.`), checkTimeoutMs)
    try {
      return await Promise.race([this.#check().then(() => undefined, describeFailure), late])
    } finally {
      clearTimeout(timer)
    }
  }
}

// Only the messages of our own errors are known to hold no values.
function describeFailure(error: unknown): string {
  return error instanceof RepositoryError || error instanceof Problem ? error.message : 'A dependency check failed.'
}
