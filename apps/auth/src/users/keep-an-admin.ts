import type { Transaction } from '@polystore/db-core'
import { Problem } from '@polystore/service-kit'
import type { UserRepository } from './user-repository.ts'

/**
 * Refuses what would leave nobody to administer users. Comes first in a transaction that deactivates, deletes or demotes: two of
 * them wait for each other here, so that two administrators cannot remove each other at once.
 * @throws Problem `last-admin`
 */
export async function keepAnAdmin(users: Pick<UserRepository, 'findAdmins'>, userId: string, tx: Transaction): Promise<void> {
  const admins = await users.findAdmins({ tx, lock: 'update' })
  if (admins.length === 1 && admins[0]?.id === userId) throw new Problem('last-admin')
}
