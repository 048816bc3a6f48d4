import type { UpstreamGroup } from './upstream-group.ts'
import type { UpstreamLimits } from './upstream-limits.ts'
import type { Upstream } from './upstream.ts'

/** Asks `/readyz` of every address on an interval; the answer ranks the addresses, it never closes the gateway. */
export class ReadinessProbe {
  readonly #groups: readonly UpstreamGroup[]
  readonly #limits: UpstreamLimits
  /** Addresses whose probe is under way: a late answer must not overrule a newer one. */
  readonly #asked = new Set<Upstream>()
  #timer: NodeJS.Timeout | undefined

  constructor(groups: readonly UpstreamGroup[], limits: UpstreamLimits) {
    this.#groups = groups
    this.#limits = limits
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.probeAll(), this.#limits.probeIntervalMs).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Resolves when every address has answered or run out of time; never rejects. */
  async probeAll(): Promise<void> {
    const upstreams = this.#groups.flatMap((group) => group.upstreams)
    await Promise.all(upstreams.map((upstream) => this.#probe(upstream)))
  }

  async #probe(upstream: Upstream): Promise<void> {
    if (this.#asked.has(upstream)) return
    this.#asked.add(upstream)
    upstream.ready = await this.#isReady(upstream)
    this.#asked.delete(upstream)
    if (upstream.ready) upstream.breaker.allowTrial()
  }

  async #isReady(upstream: Upstream): Promise<boolean> {
    try {
      const signal = AbortSignal.timeout(this.#limits.probeTimeoutMs)
      const { statusCode, body } = await upstream.pool.request({ method: 'GET', path: '/readyz', signal })
      await body.dump({ limit: 65_536, signal })
      return statusCode === 200
    } catch {
      return false
    }
  }
}
