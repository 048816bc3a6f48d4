import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import { calculateJwkThumbprint } from 'jose'
import { z } from 'zod'

/** `next` is published before it signs, so that whoever verifies knows it when its turn comes. */
export type SigningKeyState = 'current' | 'next' | 'retired'

/** The public half of an Ed25519 key as a JWK (RFC 8037). */
export const publicKey = z.strictObject({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
})
export type PublicKey = z.infer<typeof publicKey>

export interface KeyPair {
  /** The RFC 7638 thumbprint of the public key. */
  readonly id: string
  readonly publicKey: PublicKey
  /** PKCS#8 in PEM. */
  readonly privateKey: string
}

const generate = promisify(generateKeyPair)

/** A new Ed25519 key pair. */
export async function generateSigningKey(): Promise<KeyPair> {
  const pair = await generate('ed25519')
  const jwk = publicKey.parse(pair.publicKey.export({ format: 'jwk' }))
  return {
    id: await calculateJwkThumbprint(jwk),
    publicKey: jwk,
    privateKey: pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  }
}
