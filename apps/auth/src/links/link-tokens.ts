import { createHash, createHmac, hkdfSync } from 'node:crypto'

/** Makes the tokens of links. A token is derived, so that the database holds nothing that opens an account. */
export interface LinkTokens {
  /** The token that belongs to the nonce of a mail, the same at every try of sending it. */
  tokenOf(nonce: string): string
}

/** `secret` is that of the service; each replica derives the same tokens. */
export function createLinkTokens(secret: string): LinkTokens {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'polystore one-time link', 32))
  return { tokenOf: (nonce) => createHmac('sha256', key).update(nonce).digest('base64url') }
}

/** By what a link is found: a token has 256 bits, so a plain hash is enough. */
export function hashOfToken(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}
