import { createSigner, createVerifier } from 'fast-jwt'
import { z } from 'zod'
import { type Identity, identitySchema } from './identity.ts'

/** The header that carries the signed identity between gateway and services, and between services. */
export const identityHeader = 'x-polystore-identity'

const audience = 'polystore-internal'
const typ = 'identity+jwt'
const lifeMs = 60_000
// A token is used again for a third of its life, so that neither side computes a signature per request.
const reuseMs = 20_000
const maximumCached = 5_000
const clockToleranceMs = 5_000

const claims = z.object({ aud: z.literal(audience), iat: z.number(), exp: z.number(), identity: identitySchema })

export type IdentitySigner = (identity: Identity) => string
/** The identity, or undefined when the token is not genuine or not valid now. */
export type IdentityVerifier = (token: string) => Identity | undefined

/** Signs identities by HS256 for 60 seconds. The secret has at least 32 characters. */
export function createIdentitySigner(secret: string): IdentitySigner {
  assertSecret(secret)
  const sign = createSigner({ key: secret, algorithm: 'HS256', expiresIn: lifeMs, aud: audience, header: { alg: 'HS256', typ } })
  const cache = new Map<string, { token: string; reusableUntilMs: number }>()
  return (identity) => {
    const key = JSON.stringify(identity)
    const known = cache.get(key)
    if (known !== undefined && known.reusableUntilMs > Date.now()) return known.token
    const token = sign({ identity: identitySchema.parse(identity) })
    remember(cache, key, { token, reusableUntilMs: Date.now() + reuseMs })
    return token
  }
}

/** Verifies what the signer of the same secret made; answers are remembered until they expire. */
export function createIdentityVerifier(secret: string): IdentityVerifier {
  assertSecret(secret)
  const verify = createVerifier({
    key: secret,
    algorithms: ['HS256'],
    allowedAud: audience,
    requiredClaims: ['aud', 'iat', 'exp', 'identity'],
    checkTyp: typ,
    clockTolerance: clockToleranceMs,
    cache: false,
  })
  const cache = new Map<string, { identity: Identity; expiresAtMs: number }>()
  return (token) => {
    const known = cache.get(token)
    if (known !== undefined && known.expiresAtMs > Date.now()) return known.identity
    const parsed = parseToken(verify, token)
    if (parsed !== undefined) remember(cache, token, parsed)
    return parsed?.identity
  }
}

function parseToken(verify: (token: string) => unknown, token: string): { identity: Identity; expiresAtMs: number } | undefined {
  const payload = claims.safeParse(tryVerify(verify, token))
  if (!payload.success) return undefined
  const { exp, iat, identity } = payload.data
  const isTooLong = (exp - iat) * 1_000 > lifeMs
  const isFromTheFuture = iat * 1_000 > Date.now() + clockToleranceMs
  if (isTooLong || isFromTheFuture) return undefined
  return { identity: Object.freeze(identity), expiresAtMs: exp * 1_000 }
}

function tryVerify(verify: (token: string) => unknown, token: string): unknown {
  try {
    return verify(token)
  } catch {
    return undefined
  }
}

function remember<Value>(cache: Map<string, Value>, key: string, value: Value): void {
  if (cache.size >= maximumCached) {
    const oldest = cache.keys().next()
    if (!oldest.done) cache.delete(oldest.value)
  }
  cache.delete(key)
  cache.set(key, value)
}

function assertSecret(secret: string): void {
  if (secret.length < 32) throw new Error('The internal secret needs at least 32 characters')
}
