import type { Caller } from '../audit/caller.ts'
import type { Administration } from './administration.ts'
import type { UserPatch } from './user-admin-schemas.ts'
import { updated } from './user-events.ts'
import type { UserRow } from './user-table.ts'

export interface UserChange {
  readonly userId: string
  readonly patch: UserPatch
  /** The version the caller has read. */
  readonly version: number
  readonly caller: Caller
}

/** Changes somebody else's account; a new address is one that nobody has verified yet. @throws NotFoundError, StaleVersionError, ConflictError */
export function changeUser(
  { database, users, userEvents, audit, mails }: Administration,
  { userId, patch, version, caller }: UserChange,
): Promise<UserRow> {
  return database.transaction(async (tx) => {
    const { email, fullName } = await users.get(userId, { tx, lock: 'update' })
    const isNewAddress = patch.email !== undefined && patch.email !== email
    // With the name as it is, a patch of nothing is a write as well, which compares versions.
    const change = { fullName, ...patch, ...(isNewAddress && { emailVerifiedAt: null }) }
    const changed = await users.updateProfile(userId, change, { version, tx })
    await userEvents.append(updated(changed), tx)
    await audit.record({ type: 'user.updated', userId, ...caller, details: { fields: Object.keys(patch).join(' ') } }, tx)
    if (isNewAddress) await mails.request({ kind: 'verify-email', email: changed.email, caller }, tx)
    return changed
  })
}
