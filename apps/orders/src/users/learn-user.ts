import type { KnownUserRepository } from './known-user-repository.ts'
import type { UsersClient } from './users-client.ts'

export interface LearnUserDependencies {
  readonly users: UsersClient
  readonly knownUsers: KnownUserRepository
}

/**
 * Asks auth for a user whose event has not come yet, and remembers the answer; false when auth does not know them either.
 * @throws Problem upstream-unavailable, upstream-timeout
 */
export async function learnUser({ users, knownUsers }: LearnUserDependencies, userId: string): Promise<boolean> {
  const status = await users.find(userId)
  if (status === undefined) return false
  await knownUsers.note([status])
  return true
}
