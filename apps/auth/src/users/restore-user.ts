import type { Caller } from '../audit/caller.ts'
import type { Administration } from './administration.ts'
import { activationChanged } from './user-events.ts'
import type { UserRow } from './user-table.ts'

/** Brings a deleted user back as they were. @throws NotFoundError, ConflictError when somebody has taken the address or the name since */
export function restoreUser(
  { database, users, userEvents, audit }: Administration,
  { userId, caller }: { readonly userId: string; readonly caller: Caller },
): Promise<UserRow> {
  return database.transaction(async (tx) => {
    const restored = await users.restore(userId, { tx })
    // To others a deleted user was an inactive one.
    await userEvents.append(activationChanged(restored), tx)
    await audit.record({ type: 'user.restored', userId, ...caller }, tx)
    return restored
  })
}
