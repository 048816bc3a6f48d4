import { AuthUnavailableError } from './auth-unavailable-error.ts'
import { parseTokenKeys, type TokenRules, type VerifyToken } from './token-key.ts'

export interface KeySetOptions {
  /** Gets the JWKS document of auth; rejects when it cannot be had. */
  readonly fetchDocument: () => Promise<unknown>
  readonly rules: TokenRules
  /** Called when the set of keys has changed: what was verified with a key that is gone must be verified again. */
  readonly onChange?: () => void
  /** An unknown kid causes a fetch at most this often. */
  readonly unknownKeyIntervalMs?: number
  /** After a failed fetch the next one waits this long. */
  readonly retryIntervalMs?: number
  /** Keys older than this are fetched anew beside the request that found them old. */
  readonly maxAgeMs?: number
  readonly now?: () => number
}

/** The token keys of auth, fetched when first needed and again for a kid that is not among them. */
export class KeySet {
  readonly #options: Required<KeySetOptions>
  #keys: ReadonlyMap<string, VerifyToken> | undefined
  #fetchedAtMs = -Infinity
  #failedAtMs = -Infinity
  #refresh: Promise<void> | undefined

  constructor(options: KeySetOptions) {
    this.#options = {
      onChange: () => {},
      unknownKeyIntervalMs: 30_000,
      retryIntervalMs: 1_000,
      maxAgeMs: 30_000,
      now: () => performance.now(),
      ...options,
    }
  }

  /** The verifier for a kid, or undefined if auth has no such key. @throws AuthUnavailableError */
  async find(kid: string): Promise<VerifyToken | undefined> {
    const known = this.#keys?.get(kid)
    if (known !== undefined) {
      if (this.#olderThan(this.#options.maxAgeMs)) this.#refreshInBackground()
      return known
    }
    if (this.#olderThan(this.#options.unknownKeyIntervalMs)) await this.#refreshOnce()
    return this.#keys?.get(kid)
  }

  #olderThan(ageMs: number): boolean {
    return this.#options.now() - this.#fetchedAtMs >= ageMs
  }

  #refreshInBackground(): void {
    this.#refreshOnce().catch(() => {
      // The keys at hand stay good; the next request tries again.
    })
  }

  #refreshOnce(): Promise<void> {
    this.#refresh ??= this.#fetch().finally(() => (this.#refresh = undefined))
    return this.#refresh
  }

  async #fetch(): Promise<void> {
    if (this.#options.now() - this.#failedAtMs < this.#options.retryIntervalMs) throw new AuthUnavailableError('the keys')
    try {
      this.#replace(parseTokenKeys(await this.#options.fetchDocument(), this.#options.rules))
    } catch (cause) {
      this.#failedAtMs = this.#options.now()
      throw new AuthUnavailableError('the keys', { cause })
    }
  }

  #replace(keys: Map<string, VerifyToken>): void {
    const kept = [...(this.#keys?.keys() ?? [])].every((kid) => keys.has(kid))
    this.#keys = keys
    this.#fetchedAtMs = this.#options.now()
    if (!kept) this.#options.onChange()
  }
}
