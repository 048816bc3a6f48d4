import { createHmac, hash, hkdfSync, randomBytes } from 'node:crypto'

/** Makes refresh tokens: 256 bits as base64url, opaque to whoever holds them. */
export interface RefreshTokenMaker {
  first(): string
  /** Always the same one, so that whoever presents a token twice in a moment is told the same, and nobody else can tell it. */
  successorOf(token: string): string
}

/** `secret` is KEY_ENCRYPTION_SECRET; tokens are derived by a key of their own. */
export function createRefreshTokenMaker(secret: string): RefreshTokenMaker {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'refresh-token', 32))
  return {
    first: () => randomBytes(32).toString('base64url'),
    successorOf: (token) => createHmac('sha256', key).update(token).digest('base64url'),
  }
}

/** How a refresh token is stored. */
export function hashRefreshToken(token: string): string {
  return hash('sha256', token, 'base64url')
}
