import { randomUUID } from 'node:crypto'
import fastifyJwt, { type SignOptions } from '@fastify/jwt'
import type { Role } from '@polystore/contracts'
import type { Service } from '@polystore/service-kit'
import type { TokenKey, TokenKeys } from './token-keys.ts'

export interface AccessTokenOptions {
  readonly issuer: string
  readonly audience: string
  readonly ttlSeconds: number
}

interface AccessToken {
  readonly token: string
  readonly expiresInSeconds: number
}

export interface AccessTokens {
  /** A JWT of type at+jwt (RFC 9068 in spirit) for the user, with the session as `sid`. */
  issue(user: { readonly id: string; readonly roles: readonly Role[] }, sessionId: string): Promise<AccessToken>
  /** Reads the signing key when it is due, so that `issue` inside a transaction does not wait for a second connection. */
  prepare(): Promise<void>
}

/** Registers @fastify/jwt for signing; tokens are verified at the gateway, by the published keys. */
export async function createAccessTokens(
  service: Service,
  keys: TokenKeys,
  { issuer, audience, ttlSeconds }: AccessTokenOptions,
): Promise<AccessTokens> {
  await service.register(fastifyJwt, {
    secret: async () => (await keys.signingKey()).key,
    // A number is taken as seconds.
    sign: { iss: issuer, aud: audience, expiresIn: ttlSeconds },
  })
  return {
    async issue({ id, roles }, sessionId) {
      const claims = { sub: id, jti: randomUUID() }
      const token = service.jwt.sign(
        { roles, sid: sessionId, issued_ms: Date.now() },
        { ...claims, ...toSignOptions(await keys.signingKey()) },
      )
      return { token, expiresInSeconds: ttlSeconds }
    },
    async prepare() {
      await keys.signingKey()
    },
  }
}

function toSignOptions({ algorithm, id, key }: TokenKey): Partial<SignOptions> {
  const header = { alg: algorithm, typ: 'at+jwt' }
  return id === undefined ? { algorithm, key, header } : { algorithm, key, header, kid: id }
}
