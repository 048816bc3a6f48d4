import { hash } from 'node:crypto'
import { role } from '@polystore/contracts'
import { createDecoder } from 'fast-jwt'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { KeySet, type KeySetOptions } from './key-set.ts'
import type { RevocationFeed } from './revocation-feed.ts'
import { clockToleranceSeconds, secretVerifier, type TokenRules, type VerifyToken } from './token-key.ts'
import { InvalidTokenError, type TokenJudge, type VerifiedToken } from './verified-token.ts'

export interface TokenVerifierOptions {
  readonly rules: TokenRules
  readonly fetchKeys: () => Promise<unknown>
  readonly revocations: Pick<RevocationFeed, 'ready' | 'known'>
  /** Accepts HS256 tokens signed with this secret as well; without it no shared secret is ever tried. */
  readonly sharedSecret?: string | undefined
  readonly keySet?: Partial<KeySetOptions>
  /** Verified tokens remembered at most. */
  readonly cacheSize?: number
}

interface RememberedToken extends VerifiedToken {
  readonly issuedAtMs: number
  readonly expiresAtMs: number
}

const tokenHeader = z.looseObject({
  alg: z.enum(['EdDSA', 'ES256', 'HS256']),
  kid: z.string().max(128).optional(),
  crit: z.never().optional(),
})

const accessClaims = z.looseObject({
  sub: z.uuid(),
  jti: z.string().min(1).max(128),
  /** The session; a token of a release before sessions has none. */
  sid: z.string().min(1).max(128).optional(),
  roles: z.array(role).max(8),
  iat: z.number(),
  /** `iat` in milliseconds: tells a token of before a revocation from one made in the same second after it. */
  issued_ms: z.int().optional(),
  exp: z.number(),
})

/** Verifies access tokens against the keys of auth and remembers the good ones, by their hash, until they expire or are revoked. */
export class TokenVerifier implements TokenJudge {
  readonly #keys: KeySet
  readonly #secret: VerifyToken | undefined
  readonly #revocations: TokenVerifierOptions['revocations']
  readonly #verified: LRUCache<string, RememberedToken>
  readonly #decode = createDecoder({ complete: true })

  constructor(options: TokenVerifierOptions) {
    const { rules, sharedSecret } = options
    this.#revocations = options.revocations
    this.#verified = new LRUCache({ max: options.cacheSize ?? 10_000 })
    this.#secret = sharedSecret === undefined ? undefined : secretVerifier(sharedSecret, rules)
    this.#keys = new KeySet({
      ...options.keySet,
      fetchDocument: options.fetchKeys,
      rules,
      onChange: () => this.#verified.clear(),
    })
  }

  /** Without any work but the hash of the token. */
  recall(token: string): VerifiedToken | undefined {
    const found = this.#verified.get(hashOf(token))
    return found === undefined || found.expiresAtMs <= Date.now() || this.#isRevoked(found) ? undefined : found
  }

  /** @throws InvalidTokenError, AuthUnavailableError */
  async verify(token: string): Promise<VerifiedToken> {
    const verify = await this.#findKey(token)
    const verified = toVerified(parseClaims(verify, token))
    await this.#revocations.ready()
    if (this.#isRevoked(verified)) throw new InvalidTokenError()
    this.#verified.set(hashOf(token), verified)
    return verified
  }

  #isRevoked({ identity, issuedAtMs }: RememberedToken): boolean {
    return this.#revocations.known.revokesToken(identity, issuedAtMs)
  }

  async #findKey(token: string): Promise<VerifyToken> {
    const { alg, kid } = this.#parseHeader(token)
    const verify = alg === 'HS256' ? this.#secret : kid === undefined ? undefined : await this.#keys.find(kid)
    if (verify === undefined) throw new InvalidTokenError()
    return verify
  }

  #parseHeader(token: string): z.infer<typeof tokenHeader> {
    try {
      return tokenHeader.parse(this.#decode(token).header)
    } catch (cause) {
      throw new InvalidTokenError({ cause })
    }
  }
}

function parseClaims(verify: VerifyToken, token: string): z.infer<typeof accessClaims> {
  try {
    const claims = accessClaims.parse(verify(token))
    if (claims.iat > Date.now() / 1_000 + clockToleranceSeconds) throw new InvalidTokenError()
    return claims
  } catch (cause) {
    throw new InvalidTokenError({ cause })
  }
}

function toVerified({ sub, roles, jti, sid, iat, issued_ms: issuedMs, exp }: z.infer<typeof accessClaims>): RememberedToken {
  return {
    identity: { kind: 'user', id: sub, roles, tokenId: jti, ...(sid === undefined ? {} : { sessionId: sid }) },
    issuedAtMs: issuedMs ?? iat * 1_000,
    expiresAtMs: exp * 1_000,
  }
}

function hashOf(token: string): string {
  return hash('sha256', token, 'base64url')
}
