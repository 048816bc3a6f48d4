import { z } from 'zod'

export const role = z.enum(['customer', 'staff', 'admin'])
export type Role = z.infer<typeof role>

/** GET /internal/users/{id} at auth, for other services. */
export const userStatus = z.strictObject({ id: z.uuid(), active: z.boolean(), version: z.int() })
export type UserStatus = z.infer<typeof userStatus>
