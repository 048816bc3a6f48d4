import type { PublishedKey } from '../keys/published-key.ts'

/** What signs access tokens now. */
export interface TokenKey {
  readonly algorithm: 'EdDSA' | 'HS256'
  /** The `kid` of the tokens; a shared secret has none. */
  readonly id: string | undefined
  /** PKCS#8 in PEM, or the shared secret. */
  readonly key: string
}

/** Where the signing key comes from, and what others verify by. */
export interface TokenKeys {
  signingKey(): Promise<TokenKey>
  /** Empty where tokens are signed by a shared secret. */
  published(): Promise<readonly PublishedKey[]>
}

/** One secret that signs and verifies, for deployments without a key table. */
export function createSharedSecretKeys(secret: string): TokenKeys {
  return {
    signingKey: async () => ({ algorithm: 'HS256', id: undefined, key: secret }),
    published: async () => [],
  }
}
