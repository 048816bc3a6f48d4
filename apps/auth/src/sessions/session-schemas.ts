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
