import { Problem } from '@polystore/service-kit'
import type { UserRepository } from './user-repository.ts'
import type { UserRow } from './user-table.ts'

/** The user a token speaks of. @throws Problem `invalid-token` when they were deactivated or deleted since */
export async function getProfile({ users }: { readonly users: Pick<UserRepository, 'find'> }, userId: string): Promise<UserRow> {
  const user = await users.find(userId)
  if (user === undefined || !user.active) throw new Problem('invalid-token')
  return user
}
