export type Permit = 'normal' | 'trial'
export type Outcome = 'success' | 'failure' | 'unknown'

export interface CircuitBreakerOptions {
  readonly failureThreshold: number
  readonly openMs: number
  /** Milliseconds of a monotonic clock; a test gives its own. */
  readonly now?: () => number
}

const longestOpenFactor = 16

/**
 * Opens after failures in a row, then lets one trial through at a time until one succeeds.
 * It counts failures of transport only: an answer, also a 500, shows that the address is alive.
 */
export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions
  readonly #now: () => number
  #state: 'closed' | 'open' | 'half-open' = 'closed'
  #failures = 0
  #openUntilMs = 0
  #openFactor = 1

  constructor(options: CircuitBreakerOptions) {
    this.#options = options
    this.#now = options.now ?? (() => performance.now())
  }

  get state(): 'closed' | 'open' | 'half-open' {
    return this.#state
  }

  /** Whether `enter` would let a request through now. */
  get passable(): boolean {
    return this.#state === 'closed' || (this.#state === 'open' && this.#now() >= this.#openUntilMs)
  }

  /** Milliseconds until the next trial; 0 when one may go now. */
  get retryAfterMs(): number {
    return this.#state === 'open' ? Math.max(0, this.#openUntilMs - this.#now()) : 0
  }

  /** A permit to send one request, to be given back by `leave`; undefined while open. */
  enter(): Permit | undefined {
    if (!this.passable) return undefined
    if (this.#state === 'closed') return 'normal'
    this.#state = 'half-open'
    return 'trial'
  }

  /** `unknown` is an outcome that says nothing of the address, such as a client that went away. */
  leave(permit: Permit, outcome: Outcome): void {
    if (permit === 'trial') this.#endTrial(outcome)
    else if (this.#state === 'closed' && outcome !== 'unknown') this.#count(outcome)
  }

  /** Allows the next trial at once: the address answers its readiness probe. */
  allowTrial(): void {
    this.#openUntilMs = this.#now()
  }

  #count(outcome: 'success' | 'failure'): void {
    this.#failures = outcome === 'success' ? 0 : this.#failures + 1
    if (this.#failures >= this.#options.failureThreshold) this.#open()
  }

  #endTrial(outcome: Outcome): void {
    if (outcome === 'success') this.#close()
    else if (outcome === 'failure') this.#open()
    else this.#state = 'open'
  }

  #open(): void {
    this.#state = 'open'
    this.#openUntilMs = this.#now() + this.#options.openMs * this.#openFactor
    this.#openFactor = Math.min(this.#openFactor * 2, longestOpenFactor)
  }

  #close(): void {
    this.#state = 'closed'
    this.#failures = 0
    this.#openFactor = 1
  }
}
