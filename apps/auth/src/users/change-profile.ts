import type { Transaction } from '@polystore/db-core'
import type { AuditTrail } from '../audit/audit-log.ts'
import type { Caller } from '../audit/caller.ts'
import { getProfile } from './get-profile.ts'
import { updated, type UserEvents } from './user-events.ts'
import type { ProfilePatch } from './user-schemas.ts'
import type { UserRepository } from './user-repository.ts'
import type { UserRow } from './user-table.ts'

export interface ChangeProfileDependencies {
  readonly database: { transaction<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result> }
  readonly users: Pick<UserRepository, 'find' | 'updateProfile'>
  readonly userEvents: UserEvents
  readonly audit: AuditTrail
}

export interface ProfileChange {
  readonly userId: string
  readonly patch: ProfilePatch
  /** The version the caller has read. */
  readonly version: number
  readonly caller: Caller
}

/** @throws Problem `invalid-token`, StaleVersionError, ConflictError */
export async function changeProfile(
  { database, users, userEvents, audit }: ChangeProfileDependencies,
  { userId, patch, version, caller }: ProfileChange,
): Promise<UserRow> {
  const { fullName } = await getProfile({ users }, userId)
  return database.transaction(async (tx) => {
    const changed = await users.updateProfile(userId, { fullName, ...patch }, { version, tx })
    await userEvents.append(updated(changed), tx)
    await audit.record({ type: 'user.updated', userId, ...caller, details: { fields: Object.keys(patch).join(' ') } }, tx)
    return changed
  })
}
