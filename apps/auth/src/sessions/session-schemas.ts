import { queryInteger } from '@polystore/service-kit'
import { z } from 'zod'
import { newPassword, presentedPassword } from '../passwords/password-schemas.ts'
import { email, fullName, phoneNumber, username, userView } from '../users/user-schemas.ts'

export const registerBody = z
  .strictObject({
    email,
    password: newPassword,
    fullName,
    username: username.exactOptional(),
    phoneNumber: phoneNumber.exactOptional(),
  })
  .refine((body) => body.password.toLowerCase() !== body.email, { path: ['password'], message: 'must not be the e-mail address' })
  .meta({
    id: 'Register',
    examples: [{ email: 'ada@example.com', password: 'correct horse battery staple', fullName: 'Ada Lovelace' }],
  })
export type RegisterBody = z.infer<typeof registerBody>

export const logInBody = z
  .strictObject({ email, password: presentedPassword })
  .meta({ id: 'LogIn', examples: [{ email: 'ada@example.com', password: 'correct horse battery staple' }] })
export type LogInBody = z.infer<typeof logInBody>

/** A token response by the names of RFC 6749, and whose it is. */
export const session = z
  .strictObject({
    access_token: z.string(),
    token_type: z.literal('Bearer'),
    /** Seconds. */
    expires_in: z.int(),
    /** Opaque; buys the next tokens at POST /auth/refresh, once. */
    refresh_token: z.string(),
    user: userView,
  })
  .meta({ id: 'Session' })
export type Session = z.infer<typeof session>

export const refreshBody = z
  .strictObject({ refresh_token: z.string().min(1).max(512) })
  .meta({ id: 'Refresh', examples: [{ refresh_token: 'kpvT2t5cXJ0m3f1VYwA9Qk4n8dS6uE7rB-LhZxGi_Mo' }] })

export const listedSession = z
  .strictObject({
    id: z.uuid(),
    /** True for the session of the access token that asks. */
    current: z.boolean(),
    /** What the client called itself at the last refresh. */
    device: z.string().nullable(),
    address: z.string().nullable(),
    createdAt: z.iso.datetime(),
    /** Of the sign-in or the last refresh. */
    lastUsedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'ListedSession' })
export type ListedSession = z.infer<typeof listedSession>

/** A user has no more open sessions than fit on one page. */
export const sessionList = z.strictObject({ items: z.array(listedSession) }).meta({ id: 'SessionList' })

export const sessionQuery = z.strictObject({ limit: queryInteger({ min: 1, max: 100 }).default(100) })

export const sessionParams = z.strictObject({ id: z.uuid() })
