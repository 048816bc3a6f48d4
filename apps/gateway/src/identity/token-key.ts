import { createPublicKey } from 'node:crypto'
import { createVerifier } from 'fast-jwt'
import { z } from 'zod'

export interface TokenRules {
  readonly issuer: string
  readonly audience: string
}

/** Checks signature, algorithm, issuer, audience, type and times of a token; throws at the first fault. */
export type VerifyToken = (token: string) => unknown

/** Seconds by which the clocks of auth and gateway may differ. */
export const clockToleranceSeconds = 5

const jwk = z.discriminatedUnion('crv', [
  z.looseObject({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), kid: z.string().min(1).max(128), x: z.string().max(64) }),
  z.looseObject({
    kty: z.literal('EC'),
    crv: z.literal('P-256'),
    kid: z.string().min(1).max(128),
    x: z.string().max(64),
    y: z.string().max(64),
  }),
])

/** A JWKS document; keys of another kind are passed over, so that auth may add one before the gateway knows it. */
export const jwksDocument = z.looseObject({ keys: z.array(z.unknown()).max(32) })

/** The usable keys of a JWKS document by kid. Each key verifies exactly one algorithm, whatever a token's header says. */
export function parseTokenKeys(document: unknown, rules: TokenRules): Map<string, VerifyToken> {
  const keys = new Map<string, VerifyToken>()
  for (const candidate of jwksDocument.parse(document).keys) {
    const parsed = jwk.safeParse(candidate)
    if (parsed.success) keys.set(parsed.data.kid, publicKeyVerifier(parsed.data, rules))
  }
  return keys
}

/** For a deployment with one shared secret. */
export function secretVerifier(secret: string, rules: TokenRules): VerifyToken {
  return createVerifier({ ...verifierOptions(rules), key: secret, algorithms: ['HS256'] })
}

function publicKeyVerifier(key: z.infer<typeof jwk>, rules: TokenRules): VerifyToken {
  const { kty, crv, x } = key
  const point = key.crv === 'P-256' ? { kty, crv, x, y: key.y } : { kty, crv, x }
  const pem = createPublicKey({ key: point, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString()
  return createVerifier({ ...verifierOptions(rules), key: pem, algorithms: [key.crv === 'P-256' ? 'ES256' : 'EdDSA'] })
}

function verifierOptions(rules: TokenRules) {
  return {
    allowedIss: rules.issuer,
    allowedAud: rules.audience,
    checkTyp: 'at+jwt',
    requiredClaims: ['iss', 'aud', 'sub', 'iat', 'exp', 'jti'],
    clockTolerance: clockToleranceSeconds * 1_000,
    cache: false,
  }
}
