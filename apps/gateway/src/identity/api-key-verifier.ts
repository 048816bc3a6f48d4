import { hash } from 'node:crypto'
import { apiKeyText, apiKeyVerdict, type ApiKeyVerdict } from '@polystore/contracts'
import { LRUCache } from 'lru-cache'
import { AuthUnavailableError } from './auth-unavailable-error.ts'
import type { RevocationFeed } from './revocation-feed.ts'
import { InvalidTokenError, type TokenJudge, type VerifiedToken } from './verified-token.ts'

export interface ApiKeyVerifierOptions {
  /** Asks auth for its verdict on a key; rejects when it cannot be had. */
  readonly ask: (key: string) => Promise<unknown>
  readonly revocations: Pick<RevocationFeed, 'ready' | 'known'>
  /** For so long a verdict is remembered: roles that auth does not tell of may be as old. */
  readonly rememberMs?: number
}

interface RememberedKey extends VerifiedToken {
  readonly askedAtMs: number
  readonly expiresAtMs: number
}

const maxRemembered = 10_000

/** Verifies API keys by asking auth, and remembers the good ones, by their hash, until they are revoked or half a minute has passed. */
export class ApiKeyVerifier implements TokenJudge {
  readonly #options: ApiKeyVerifierOptions
  readonly #remembered: LRUCache<string, RememberedKey>
  readonly #asking = new Map<string, Promise<VerifiedToken>>()

  constructor(options: ApiKeyVerifierOptions) {
    this.#options = options
    this.#remembered = new LRUCache({ max: maxRemembered, ttl: options.rememberMs ?? 30_000 })
  }

  recall(key: string): VerifiedToken | undefined {
    const found = this.#remembered.get(hashOf(key))
    return found === undefined || this.#isOver(found) ? undefined : found
  }

  /** One question for all who present the same key at once. @throws InvalidTokenError, AuthUnavailableError */
  verify(key: string): Promise<VerifiedToken> {
    const hashed = hashOf(key)
    const asked = this.#asking.get(hashed) ?? this.#verify(key, hashed).finally(() => this.#asking.delete(hashed))
    this.#asking.set(hashed, asked)
    return asked
  }

  async #verify(key: string, hashed: string): Promise<VerifiedToken> {
    if (!apiKeyText.safeParse(key).success) throw new InvalidTokenError()
    await this.#options.revocations.ready()
    const askedAtMs = performance.now()
    const verified = toVerified(await this.#ask(key), askedAtMs)
    if (verified === undefined || this.#isOver(verified)) throw new InvalidTokenError()
    this.#remembered.set(hashed, verified)
    return verified
  }

  async #ask(key: string): Promise<ApiKeyVerdict> {
    try {
      return apiKeyVerdict.parse(await this.#options.ask(key))
    } catch (cause) {
      throw new AuthUnavailableError('the verdict on an API key', { cause })
    }
  }

  #isOver({ identity, askedAtMs, expiresAtMs }: RememberedKey): boolean {
    return expiresAtMs <= Date.now() || this.#options.revocations.known.endedSince(identity, askedAtMs)
  }
}

function toVerified(verdict: ApiKeyVerdict, askedAtMs: number): RememberedKey | undefined {
  if (!verdict.valid) return undefined
  const { id: apiKeyId, userId, roles, scopes, expiresAt } = verdict
  return { identity: { kind: 'user', id: userId, roles, apiKeyId }, scopes, askedAtMs, expiresAtMs: Date.parse(expiresAt) }
}

function hashOf(key: string): string {
  return hash('sha256', key, 'base64url')
}
