import { createHmac, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { answerJson } from './test-upstream.ts'

export const issuer = 'polystore'
export const audience = 'polystore'

export interface TestKey {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

export function newKey(kid: string = randomUUID()): TestKey {
  return { kid, ...generateKeyPairSync('ed25519') }
}

export function newEllipticKey(kid: string = randomUUID()): TestKey {
  return { kid, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) }
}

/** What auth answers at its JWKS address. */
export function answerKeys(keys: () => readonly TestKey[]): RequestListener {
  return (request, response) => {
    const document = { keys: keys().map(({ kid, publicKey }) => ({ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig' })) }
    answerJson(document)(request, response)
  }
}

export interface TokenParts {
  readonly header?: Record<string, unknown>
  readonly claims?: Record<string, unknown>
}

/** An access token as auth makes them, changed as a test likes; `undefined` leaves a claim out. */
export function accessToken(key: TestKey, { header = {}, claims = {} }: TokenParts = {}): string {
  const now = Math.floor(Date.now() / 1_000)
  const allClaims = {
    iss: issuer,
    aud: audience,
    sub: randomUUID(),
    roles: ['customer'],
    jti: randomUUID(),
    iat: now,
    exp: now + 300,
    ...claims,
  }
  const isElliptic = key.privateKey.asymmetricKeyType === 'ec'
  const input = encodeParts({ alg: isElliptic ? 'ES256' : 'EdDSA', typ: 'at+jwt', kid: key.kid, ...header }, allClaims)
  const signature = isElliptic
    ? sign('sha256', Buffer.from(input), { key: key.privateKey, dsaEncoding: 'ieee-p1363' })
    : sign(null, Buffer.from(input), key.privateKey)
  return `${input}.${signature.toString('base64url')}`
}

/** A token signed by a shared secret. */
export function secretToken(secret: string | Buffer, { header = {}, claims = {} }: TokenParts = {}): string {
  const now = Math.floor(Date.now() / 1_000)
  const allClaims = {
    iss: issuer,
    aud: audience,
    sub: randomUUID(),
    roles: ['customer'],
    jti: randomUUID(),
    iat: now,
    exp: now + 300,
    ...claims,
  }
  const input = encodeParts({ alg: 'HS256', typ: 'at+jwt', ...header }, allClaims)
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`
}

export function encodeParts(header: unknown, claims: unknown): string {
  return [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
}
