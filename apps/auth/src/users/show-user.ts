import { etag } from '@polystore/service-kit'
import type { FastifyReply } from 'fastify'
import type { UserView } from './user-schemas.ts'
import type { UserRow } from './user-table.ts'
import { toUserView } from './user.ts'

/** A user as an answer, with the version as ETag. */
export function showUser(reply: FastifyReply, user: UserRow): UserView {
  reply.header('etag', etag(user.version))
  return toUserView(user)
}
