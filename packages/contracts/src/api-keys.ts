import { z } from 'zod'
import { role } from './users.ts'

/** What an API key may be used for: an area of the API, to read or to write. */
export const apiKeyScope = z.enum([
  'products:read',
  'products:write',
  'stock:read',
  'stock:write',
  'orders:read',
  'orders:write',
  'carts:read',
  'carts:write',
  'users:read',
  'users:write',
])
export type ApiKeyScope = z.infer<typeof apiKeyScope>
export type ScopeArea = ApiKeyScope extends `${infer Area}:${string}` ? Area : never

/** How every API key begins: what tells it from an access token. */
export const apiKeyStart = 'ps_'

/** A public prefix, by which its owner knows it again, and 256 random bits. */
export const apiKeyText = z.string().regex(/^ps_[A-Za-z0-9]{8}_[A-Za-z0-9_-]{43}$/u, 'must be an API key')

/** POST /internal/api-keys/verify at auth, for the gateway. */
export const apiKeyCheck = z.strictObject({ key: apiKeyText })

/** A key acts as its owner, with the roles that the owner has now. */
export const apiKeyVerdict = z.discriminatedUnion('valid', [
  z.strictObject({
    valid: z.literal(true),
    id: z.uuid(),
    userId: z.uuid(),
    roles: z.array(role).min(1).max(8),
    scopes: z.array(apiKeyScope).min(1),
    expiresAt: z.iso.datetime(),
  }),
  z.strictObject({ valid: z.literal(false) }),
])
export type ApiKeyVerdict = z.infer<typeof apiKeyVerdict>
