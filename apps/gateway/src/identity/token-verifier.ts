import { hash } from 'node:crypto'
import { role } from '@polystore/contracts'
import type { Identity } from '@polystore/service-kit'
import { createDecoder } from 'fast-jwt'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { KeySet, type KeySetOptions } from './key-set.ts'
import { clockToleranceSeconds, secretVerifier, type TokenRules, type VerifyToken } from './token-key.ts'

export interface TokenVerifierOptions {
  readonly rules: TokenRules
  readonly fetchKeys: () => Promise<unknown>
  /** Accepts HS256 tokens signed with this secret as well; without it no shared secret is ever tried. */
  readonly sharedSecret?: string | undefined
  readonly keySet?: Partial<KeySetOptions>
  /** Verified tokens remembered at most. */
  readonly cacheSize?: number
}

/** One verified token. `signed` is the identity header made for it, kept until `signedUntilMs`. */
export interface VerifiedToken {
  readonly identity: Identity
  readonly expiresAtMs: number
}

export class InvalidTokenError extends Error {
  constructor(options?: ErrorOptions) {
    super('the token is not valid', options)
    this.name = 'InvalidTokenError'
  }
}

const tokenHeader = z.looseObject({
  alg: z.enum(['EdDSA', 'ES256', 'HS256']),
  kid: z.string().max(128).optional(),
  crit: z.never().optional(),
})

const accessClaims = z.looseObject({
  sub: z.uuid(),
  jti: z.string().min(1).max(128),
  roles: z.array(role).max(8),
  iat: z.number(),
  exp: z.number(),
})

/** Verifies access tokens against the keys of auth and remembers the good ones, by their hash, until they expire. */
export class TokenVerifier {
  readonly #keys: KeySet
  readonly #secret: VerifyToken | undefined
  readonly #verified: LRUCache<string, VerifiedToken>
  readonly #decode = createDecoder({ complete: true })

  constructor(options: TokenVerifierOptions) {
    const { rules, sharedSecret } = options
    this.#verified = new LRUCache({ max: options.cacheSize ?? 10_000 })
    this.#secret = sharedSecret === undefined ? undefined : secretVerifier(sharedSecret, rules)
    this.#keys = new KeySet({
      ...options.keySet,
      fetchDocument: options.fetchKeys,
      rules,
      onChange: () => this.#verified.clear(),
    })
  }

  /** What is remembered of a token, without any work but its hash; undefined for a new or expired one. */
  recall(token: string): VerifiedToken | undefined {
    const found = this.#verified.get(hashOf(token))
    return found !== undefined && found.expiresAtMs > Date.now() ? found : undefined
  }

  /** @throws InvalidTokenError | KeysUnavailableError */
  async verify(token: string): Promise<VerifiedToken> {
    const verify = await this.#findKey(token)
    const claims = parseClaims(verify, token)
    const verified: VerifiedToken = {
      identity: { kind: 'user', id: claims.sub, roles: claims.roles, tokenId: claims.jti },
      expiresAtMs: claims.exp * 1_000,
    }
    this.#verified.set(hashOf(token), verified)
    return verified
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

function hashOf(token: string): string {
  return hash('sha256', token, 'base64url')
}
