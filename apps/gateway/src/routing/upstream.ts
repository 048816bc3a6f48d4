import { Pool } from 'undici'
import { CircuitBreaker, type Outcome, type Permit } from './circuit-breaker.ts'
import type { UpstreamLimits } from './upstream-limits.ts'

/** One address of a service: its sockets, its breaker, and what the readiness probe last saw. */
export class Upstream {
  readonly origin: string
  readonly pool: Pool
  readonly breaker: CircuitBreaker
  readonly #maxInFlight: number
  #inFlight = 0
  /** Taken as ready until a probe says otherwise, so that the first request needs no probe. */
  ready = true

  constructor(url: string, limits: UpstreamLimits) {
    this.origin = new URL(url).origin
    this.breaker = new CircuitBreaker(limits)
    this.#maxInFlight = limits.maxInFlight
    this.pool = new Pool(this.origin, {
      connections: limits.connections,
      pipelining: 1,
      connect: { timeout: limits.connectTimeoutMs },
      // Twice the gateway's own clock, which also covers queueing; this one is only the net below it.
      headersTimeout: limits.headersTimeoutMs * 2,
      bodyTimeout: limits.bodyIdleTimeoutMs,
      // Shorter than any service keeps an idle socket, so that a POST never meets a closing one.
      keepAliveTimeout: 4_000,
      keepAliveMaxTimeout: 4_000,
    })
  }

  get inFlight(): number {
    return this.#inFlight
  }

  get available(): boolean {
    return this.#inFlight < this.#maxInFlight && this.breaker.passable
  }

  enter(): Permit | undefined {
    const permit = this.breaker.enter()
    if (permit !== undefined) this.#inFlight++
    return permit
  }

  /** An answer that begins shows that the address is alive, however long the answer lasts. */
  answered(permit: Permit): Permit {
    if (permit === 'trial') this.breaker.leave(permit, 'success')
    return 'normal'
  }

  leave(permit: Permit, outcome: Outcome): void {
    this.#inFlight--
    this.breaker.leave(permit, outcome)
  }

  async close(): Promise<void> {
    await this.pool.destroy()
  }
}
