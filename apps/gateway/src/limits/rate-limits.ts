import { addressKey, Problem, type Identity } from '@polystore/service-kit'
import { rateLimitHeaders, RateLimiter, type RateLimitState } from './rate-limiter.ts'

export interface RateLimitOptions {
  /** Requests per client and minute: a user when one is known, else an address. */
  readonly perMinute: number
  /** Requests per address and minute to the routes that take a password or the token of a mail. */
  readonly loginPerMinute: number
}

const loginPaths: ReadonlySet<string> = new Set([
  '/auth/login',
  '/auth/password/forgot',
  '/auth/password/reset',
  '/auth/register',
  '/auth/verify-email',
  '/users/me/password',
])

/** All limits of the gateway. A refusal is a `rate-limited` Problem; what is left goes into the answer's headers. */
export class RateLimits {
  readonly #general: RateLimiter
  readonly #login: RateLimiter
  readonly #invalidTokens: RateLimiter

  constructor({ perMinute, loginPerMinute }: RateLimitOptions) {
    this.#general = new RateLimiter({ name: 'default', limit: perMinute, windowSeconds: 60 })
    this.#login = new RateLimiter({ name: 'login', limit: loginPerMinute, windowSeconds: 60 })
    this.#invalidTokens = new RateLimiter({ name: 'invalid-tokens', limit: perMinute, windowSeconds: 60 })
  }

  /** Counts a request; the path is the service's, decoded. @throws Problem rate-limited */
  admit(request: { path: string; identity: Identity; address: string }): Record<string, string> {
    const address = addressKey(request.address)
    // A login counts by address alone: an account would otherwise buy a fresh allowance of guesses.
    if (loginPaths.has(request.path)) return refuseAbove(this.#login.consume(address))
    const client = request.identity.kind === 'user' ? `user ${request.identity.id}` : address
    return refuseAbove(this.#general.consume(client))
  }

  /** Refuses an address that has sent too many invalid tokens before another is verified. @throws Problem rate-limited */
  admitToken(address: string): void {
    refuseAbove(this.#invalidTokens.peek(addressKey(address)))
  }

  countInvalidToken(address: string): void {
    this.#invalidTokens.consume(addressKey(address))
  }
}

function refuseAbove(state: RateLimitState): Record<string, string> {
  const headers = rateLimitHeaders(state)
  if (state.allowed) return headers
  throw new Problem('rate-limited', { headers: { ...headers, 'retry-after': String(state.resetSeconds) } })
}
