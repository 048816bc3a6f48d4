import { hash, randomBytes, randomInt } from 'node:crypto'
import { apiKeyStart } from '@polystore/contracts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const prefixLength = 8
const secretBytes = 32

export interface NewApiKeyText {
  /** The whole key: for its owner's eyes, once. */
  readonly key: string
  readonly prefix: string
}

/** A key that nobody can guess. */
export function newApiKeyText(): NewApiKeyText {
  const letters = Array.from({ length: prefixLength }, () => alphabet.charAt(randomInt(alphabet.length)))
  const prefix = apiKeyStart + letters.join('')
  return { key: `${prefix}_${randomBytes(secretBytes).toString('base64url')}`, prefix }
}

/** What is stored of a key, and looked up by. */
export function hashOfApiKey(key: string): string {
  return hash('sha256', key, 'base64url')
}
