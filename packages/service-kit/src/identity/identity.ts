import { z } from 'zod'

export const role = z.enum(['customer', 'staff', 'admin'])
export type Role = z.infer<typeof role>

const name = z.string().min(1).max(200)

/** Who asks, as the gateway or a service has vouched for it. */
export const identitySchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('anonymous') }),
  z.strictObject({
    kind: z.literal('user'),
    id: name,
    roles: z.array(role).max(10),
    /** The `jti` of the access token, for sessions and audit. */
    tokenId: name.optional(),
    /** The session of the access token. */
    sessionId: name.optional(),
    /** The API key that was presented instead of an access token; the gateway has checked its scopes. */
    apiKeyId: name.optional(),
  }),
  z.strictObject({ kind: z.literal('service'), name }),
])

export type Identity = z.infer<typeof identitySchema>
export type UserIdentity = Extract<Identity, { kind: 'user' }>

export const anonymous: Identity = Object.freeze({ kind: 'anonymous' })
