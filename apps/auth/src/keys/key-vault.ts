import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** The stored key was sealed with another KEY_ENCRYPTION_SECRET, or was tampered with. */
class UnsealError extends Error {
  override readonly name = 'UnsealError'
}

const format = 'v1'
const cipherName = 'aes-256-gcm'

/** Seals private keys for the database with AES-256-GCM; each under its own key, derived by HKDF-SHA256 with a random salt. */
export interface KeyVault {
  /** `id` is bound to the sealed text, so that one row's text does not open in another's place. */
  seal(id: string, secretText: string): string
  /** @throws UnsealError */
  unseal(id: string, sealed: string): string
}

export function createKeyVault(secret: string): KeyVault {
  return {
    seal: (id, secretText) => seal(secret, id, secretText),
    unseal: (id, sealed) => unseal(secret, id, sealed),
  }
}

function seal(secret: string, id: string, secretText: string): string {
  const salt = randomBytes(16)
  const nonce = randomBytes(12)
  const cipher = createCipheriv(cipherName, deriveKey(secret, salt), nonce).setAAD(Buffer.from(id))
  const sealed = Buffer.concat([cipher.update(secretText, 'utf8'), cipher.final()])
  const parts = [salt, nonce, cipher.getAuthTag(), sealed].map((part) => part.toString('base64url'))
  return [format, ...parts].join('.')
}

function unseal(secret: string, id: string, text: string): string {
  const [version, ...parts] = text.split('.')
  const [salt, nonce, tag, sealed] = parts.map((part) => Buffer.from(part, 'base64url'))
  if (version !== format || !salt || !nonce || !tag || !sealed) throw new UnsealError(`signing key ${id} is not in a known form`)
  try {
    const decipher = createDecipheriv(cipherName, deriveKey(secret, salt), nonce, { authTagLength: 16 })
    decipher.setAAD(Buffer.from(id)).setAuthTag(tag)
    return Buffer.concat([decipher.update(sealed), decipher.final()]).toString('utf8')
  } catch {
    throw new UnsealError(`KEY_ENCRYPTION_SECRET does not open signing key ${id}`)
  }
}

function deriveKey(secret: string, salt: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, salt, 'polystore signing key', 32))
}
