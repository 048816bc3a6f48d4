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

/** Signs a JWT of type at+jwt (RFC 9068 in spirit) for the user, with the session as `sid`. */
export type SignAccessToken = (user: { readonly id: string; readonly roles: readonly Role[] }, sessionId: string) => AccessToken

export interface AccessTokens {
  /** What signs with the key of now; asked for before a transaction, in which it signs without asking the database. */
  signer(): Promise<SignAccessToken>
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
    async signer() {
      const key = toSignOptions(await keys.signingKey())
      return ({ id, roles }, sessionId) => {
        const claims = { roles, sid: sessionId, issued_ms: Date.now() }
        return { token: service.jwt.sign(claims, { ...key, sub: id, jti: randomUUID() }), expiresInSeconds: ttlSeconds }
      }
    },
  }
}

function toSignOptions({ algorithm, id, key }: TokenKey): Partial<SignOptions> {
  const header = { alg: algorithm, typ: 'at+jwt' }
  return id === undefined ? { algorithm, key, header } : { algorithm, key, header, kid: id }
}
