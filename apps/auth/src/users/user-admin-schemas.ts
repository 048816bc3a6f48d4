import { role } from '@polystore/contracts'
import { defineClientQuery, valueFromText } from '@polystore/db-core'
import { queryBoolean, queryInteger } from '@polystore/service-kit'
import { z } from 'zod'
import { newPassword } from '../passwords/password-schemas.ts'
import { email, fullName, phoneNumber, username, userView } from './user-schemas.ts'
import type { UserRow } from './user-table.ts'

const roles = z
  .array(role)
  .min(1)
  .max(3)
  .refine((list) => new Set(list).size === list.length, 'each role once')
  .meta({ examples: [['customer']] })

/** POST /users. */
export const newUserBody = z
  .strictObject({
    email,
    password: newPassword,
    fullName,
    username: username.exactOptional(),
    phoneNumber: phoneNumber.exactOptional(),
    roles: roles.default(['customer']),
    active: z.boolean().default(true),
  })
  .refine((body) => body.password.toLowerCase() !== body.email, { path: ['password'], message: 'must not be the e-mail address' })
  .meta({
    id: 'NewUser',
    examples: [{ email: 'grace@example.com', password: 'correct horse battery staple', fullName: 'Grace Hopper', roles: ['staff'] }],
  })
export type NewUserBody = z.output<typeof newUserBody>

/** PUT /users/{id}: what is left out is cleared. */
export const userReplacement = z
  .strictObject({ email, fullName, username: username.nullable().default(null), phoneNumber: phoneNumber.nullable().default(null) })
  .meta({ id: 'UserReplacement', examples: [{ email: 'grace@example.com', fullName: 'Grace Hopper', username: 'grace' }] })

/** PATCH /users/{id} by RFC 7396: what is left out stays, null clears. */
export const userPatch = z
  .strictObject({
    email: email.exactOptional(),
    fullName: fullName.exactOptional(),
    username: username.nullable().exactOptional(),
    phoneNumber: phoneNumber.nullable().exactOptional(),
  })
  .meta({ id: 'UserPatch', examples: [{ fullName: 'Grace Murray Hopper', phoneNumber: null }] })
export type UserPatch = z.infer<typeof userPatch>

/** PUT /users/{id}/roles. */
export const rolesBody = z.strictObject({ roles }).meta({ id: 'Roles', examples: [{ roles: ['customer', 'staff'] }] })

export const emailParams = z.strictObject({
  email: z
    .string()
    .max(320)
    .meta({ examples: ['ada@example.com'] })
    .pipe(email),
})

const listQuery = defineClientQuery<UserRow>()({
  // Each order has an index of its own.
  sortable: ['createdAt', 'email', 'fullName'],
  defaultSort: ['-createdAt'],
  maxSortKeys: 1,
  parameters: {
    q: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .meta({ description: 'Words of the names, or the beginning of the address', examples: ['ada'] }),
    active_only: queryBoolean()
      .optional()
      .meta({ description: 'Without deactivated users', examples: ['true'] }),
    created_after: valueFromText(z.date())
      .optional()
      .meta({ description: 'Created after this moment', examples: ['2026-01-01T00:00:00Z'] }),
    deleted: queryBoolean()
      .optional()
      .meta({ description: 'Deleted users, and no others', examples: ['true'] }),
    skip: queryInteger({ min: 0, max: 1_000_000 })
      .optional()
      .meta({ description: 'How many to pass over, instead of a cursor; tells the total as well', examples: ['0'] }),
  },
}).schema

/** GET /users. */
export const userListQuery = listQuery.refine(({ cursor, parameters }) => cursor === undefined || parameters.skip === undefined, {
  path: ['skip'],
  message: 'does not go together with a cursor',
})
export type UserListQuery = z.output<typeof userListQuery>

export const userPage = z
  .strictObject({
    items: z.array(userView),
    next: z.string().optional(),
    previous: z.string().optional(),
    /** With `skip`. */
    total: z.int().optional(),
  })
  .meta({ id: 'UserPage' })
export type UserPage = z.infer<typeof userPage>
