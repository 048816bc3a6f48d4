import { etag } from '@polystore/service-kit'
import type { UserView } from './user-schemas.ts'
import type { UserRow } from './user-table.ts'
import { toUserView } from './user.ts'

/** A user as an answer, with the version as ETag. */
export function showUser(reply: { header(name: string, value: string): unknown }, user: UserRow): UserView {
  reply.header('etag', etag(user.version))
  return toUserView(user)
}
