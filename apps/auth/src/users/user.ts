import type { UserRow } from './user-table.ts'
import type { UserView } from './user-schemas.ts'

/** What anyone may see of a user: never the password hash. */
export function toUserView(user: UserRow): UserView {
  return {
    id: user.id,
    email: user.email,
    emailVerifiedAt: user.emailVerifiedAt?.toISOString() ?? null,
    username: user.username,
    fullName: user.fullName,
    phoneNumber: user.phoneNumber,
    roles: user.roles,
    active: user.active,
    lastLoginAt: user.lastLoginAt?.toISOString() ?? null,
    version: user.version,
    createdAt: user.createdAt.toISOString(),
    updatedAt: user.updatedAt.toISOString(),
  }
}
