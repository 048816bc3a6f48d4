import { RepositoryError } from '@polystore/db-core'
import type { ServiceState } from '../lifecycle/service-state.ts'
import { Problem } from '../problems/problem.ts'
import type { SchemaGuard } from './schema-guard.ts'

const checkTimeoutMs = 2_000

export interface ReadinessOptions {
  readonly state: ServiceState
  readonly schema: SchemaGuard
  /** Resolves when the service's own databases answer. */
  readonly check?: (() => Promise<void>) | undefined
}

/** Whether the service can do its work now: its phase, the schema of its database, then what else it needs. */
export class Readiness {
  readonly #options: ReadinessOptions
  #running: Promise<string | undefined> | undefined

  constructor(options: ReadinessOptions) {
    this.#options = options
  }

  /** @throws Problem not-ready */
  async assertReady(): Promise<void> {
    const reason = await this.reasonAgainst()
    if (reason !== undefined) throw new Problem('not-ready', { detail: reason, headers: { 'retry-after': '1' } })
  }

  /** Undefined when ready, else why not, in words without secrets. Answers within 2 seconds; checks at once share one call. */
  async reasonAgainst(): Promise<string | undefined> {
    const { phase } = this.#options.state
    if (phase !== 'running' && phase !== 'starting') return `The service is ${phase}.`
    this.#running ??= this.#run().finally(() => (this.#running = undefined))
    const reason = await this.#running
    return phase === 'running' ? reason : (this.#options.schema.fault ?? 'The service is starting.')
  }

  async #run(): Promise<string | undefined> {
    const { promise: late, resolve } = Promise.withResolvers<string>()
    const timer = setTimeout(() => resolve(`A dependency did not answer within ${checkTimeoutMs} ms.`), checkTimeoutMs)
    try {
      return await Promise.race([this.#ask().catch(describeFailure), late])
    } finally {
      clearTimeout(timer)
    }
  }

  async #ask(): Promise<string | undefined> {
    const { schema, check, state } = this.#options
    const fault = await schema.refresh()
    // What is asked besides may need what the start has yet to do.
    if (fault === undefined && state.phase === 'running') await check?.()
    return fault
  }
}

// Only the messages of our own errors are known to hold no values.
function describeFailure(error: unknown): string {
  return error instanceof RepositoryError || error instanceof Problem ? error.message : 'A dependency check failed.'
}
