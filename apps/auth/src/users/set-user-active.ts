import type { UserRepository } from './user-repository.ts'
import type { UserRow } from './user-table.ts'

/** Activates or deactivates; nothing changes when it is so already. @throws NotFoundError */
export async function setUserActive(
  { users }: { readonly users: Pick<UserRepository, 'get' | 'setActive'> },
  { userId, active }: { userId: string; active: boolean },
): Promise<UserRow> {
  const user = await users.get(userId)
  return user.active === active ? user : users.setActive(userId, active)
}
