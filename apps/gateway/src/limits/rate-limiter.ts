import { LRUCache } from 'lru-cache'

export interface RateLimitPolicy {
  readonly name: string
  readonly limit: number
  readonly windowSeconds: number
}

/** What is left to a client after one request. */
export interface RateLimitState {
  readonly policy: RateLimitPolicy
  readonly allowed: boolean
  readonly remaining: number
  /** Whole seconds until the client's window ends, at least one. */
  readonly resetSeconds: number
}

interface Window {
  count: number
  readonly endsAtMs: number
}

/**
 * Counts requests per client in windows that begin with the client's first request. Bounded: above
 * `maxClients` the client seen least recently is forgotten, which is the one that has sent least of late.
 */
export class RateLimiter {
  readonly policy: RateLimitPolicy
  readonly #windows: LRUCache<string, Window>
  readonly #now: () => number

  constructor(policy: RateLimitPolicy, options: { maxClients?: number; now?: () => number } = {}) {
    this.policy = policy
    this.#windows = new LRUCache({ max: options.maxClients ?? 50_000 })
    this.#now = options.now ?? (() => performance.now())
  }

  /** Counts one request of a client and says whether it may pass. */
  consume(client: string): RateLimitState {
    const window = this.#window(client)
    window.count++
    return this.#state(window, window.count <= this.policy.limit)
  }

  /** Says whether one more request would pass, without counting it. */
  peek(client: string): RateLimitState {
    const window = this.#window(client)
    return this.#state(window, window.count < this.policy.limit)
  }

  #window(client: string): Window {
    const known = this.#windows.get(client)
    if (known !== undefined && known.endsAtMs > this.#now()) return known
    const fresh = { count: 0, endsAtMs: this.#now() + this.policy.windowSeconds * 1_000 }
    this.#windows.set(client, fresh)
    return fresh
  }

  #state(window: Window, allowed: boolean): RateLimitState {
    return {
      policy: this.policy,
      allowed,
      remaining: Math.max(0, this.policy.limit - window.count),
      resetSeconds: Math.max(1, Math.ceil((window.endsAtMs - this.#now()) / 1_000)),
    }
  }
}

/** The two headers of draft-ietf-httpapi-ratelimit-headers-11. */
export function rateLimitHeaders({ policy, remaining, resetSeconds }: RateLimitState): Record<string, string> {
  return {
    'ratelimit-policy': `${policy.name};q=${policy.limit};w=${policy.windowSeconds}`,
    ratelimit: `${policy.name};r=${remaining};t=${resetSeconds}`,
  }
}
