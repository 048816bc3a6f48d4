import type { Transaction } from '@polystore/db-core'
import { activationChanged, type UserEvents } from './user-events.ts'
import type { UserRepository } from './user-repository.ts'
import type { UserRow } from './user-table.ts'

export interface SetUserActiveDependencies {
  readonly database: { transaction<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> }
  readonly users: Pick<UserRepository, 'get' | 'setActive'>
  readonly userEvents: UserEvents
}

/** Activates or deactivates, and tells of it; nothing changes when it is so already. @throws NotFoundError */
export function setUserActive(
  { database, users, userEvents }: SetUserActiveDependencies,
  { userId, active }: { userId: string; active: boolean },
): Promise<UserRow> {
  return database.transaction(async (tx) => {
    const user = await users.get(userId, { tx })
    if (user.active === active) return user
    const changed = await users.setActive(userId, active, { tx })
    await userEvents.append(activationChanged(changed), tx)
    return changed
  })
}
