import { role } from '@polystore/contracts'
import { z } from 'zod'

/** PostgreSQL stores no NUL, and a lone surrogate has no UTF-8 form. */
const text = z.string().refine((value) => value.isWellFormed() && !value.includes('\u0000'), 'must be well-formed text without NUL')

/**
 * An address in the form in which it is unique: trimmed, NFKC, lower case.
 * What NFKC does not bring to ASCII (look-alike letters of other scripts) is refused, and so is a trailing dot.
 */
export const email = z
  .string()
  .max(320)
  .transform((value) => value.trim().normalize('NFKC').toLowerCase())
  .pipe(z.email('must be an e-mail address').max(254))
  .meta({ description: 'E-mail address; compared without regard to case', examples: ['ada@example.com'] })

export const username = z
  .string()
  .transform((value) => value.trim().normalize('NFKC'))
  .pipe(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{2,31}$/u, 'must be 3 to 32 letters, digits, dots, underscores or hyphens'))
  .meta({ examples: ['ada'] })

export const fullName = text
  .transform((value) => value.trim().normalize('NFC'))
  .pipe(z.string().min(1).max(200))
  .meta({ examples: ['Ada Lovelace'] })

export const phoneNumber = z
  .string()
  .regex(/^\+?[0-9][0-9 ()-]{1,18}$/u, 'must be a telephone number')
  .meta({ examples: ['+44 20 7946 0000'] })

export const userView = z
  .strictObject({
    id: z.uuid(),
    email: z.string(),
    emailVerifiedAt: z.iso.datetime().nullable(),
    username: z.string().nullable(),
    fullName: z.string(),
    phoneNumber: z.string().nullable(),
    roles: z.array(role),
    active: z.boolean(),
    lastLoginAt: z.iso.datetime().nullable(),
    version: z.int(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'User' })
export type UserView = z.infer<typeof userView>

/** A merge patch (RFC 7396): what is left out stays, null clears. */
export const profilePatch = z
  .strictObject({
    username: username.nullable().exactOptional(),
    fullName: fullName.exactOptional(),
    phoneNumber: phoneNumber.nullable().exactOptional(),
  })
  .meta({ id: 'ProfilePatch', examples: [{ fullName: 'Ada King', phoneNumber: null }] })
export type ProfilePatch = z.infer<typeof profilePatch>

export const userParams = z.strictObject({ id: z.uuid() })
