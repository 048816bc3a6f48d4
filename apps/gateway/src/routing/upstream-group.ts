import type { Permit } from './circuit-breaker.ts'
import type { ServiceName } from './route-table.ts'
import type { UpstreamLimits } from './upstream-limits.ts'
import { Upstream } from './upstream.ts'

/** One request's leave to use one address; `upstream.leave(permit, outcome)` gives it back. */
export interface Lease {
  readonly upstream: Upstream
  readonly permit: Permit
}

/** All addresses of one service: the least loaded of the ready ones gets the next request. */
export class UpstreamGroup {
  readonly service: ServiceName
  readonly upstreams: readonly Upstream[]
  #turn = 0

  constructor(options: { service: ServiceName; urls: readonly string[]; limits: UpstreamLimits }) {
    this.service = options.service
    this.upstreams = options.urls.map((url) => new Upstream(url, options.limits))
  }

  /** Undefined when every address is put aside or full. An address already tried is taken only if it is the last. */
  lease(tried?: Upstream): Lease | undefined {
    const upstream = this.#best(tried)
    const permit = upstream?.enter()
    return upstream === undefined || permit === undefined ? undefined : { upstream, permit }
  }

  /** Whole seconds until an address may be tried again, at least one. */
  get retryAfterSeconds(): number {
    const shortestMs = Math.min(...this.upstreams.map((upstream) => upstream.breaker.retryAfterMs))
    return Math.max(1, Math.ceil(shortestMs / 1_000))
  }

  async close(): Promise<void> {
    await Promise.all(this.upstreams.map((upstream) => upstream.close()))
  }

  #best(tried: Upstream | undefined): Upstream | undefined {
    this.#turn = (this.#turn + 1) % this.upstreams.length
    let best: Upstream | undefined
    for (let step = 0; step < this.upstreams.length; step++) {
      const upstream = this.upstreams[(this.#turn + step) % this.upstreams.length]
      if (upstream?.available && (best === undefined || rank(upstream, tried) < rank(best, tried))) best = upstream
    }
    return best
  }
}

/** Lower is better. If none is ready the requests still go: a service that is not ready gives the more exact answer. */
function rank(upstream: Upstream, tried: Upstream | undefined): number {
  return upstream.inFlight + (upstream.ready ? 0 : 1e6) + (upstream === tried ? 1e9 : 0)
}
