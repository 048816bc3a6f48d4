import { getProfile } from './get-profile.ts'
import type { ProfilePatch } from './user-schemas.ts'
import type { UserRepository } from './user-repository.ts'
import type { UserRow } from './user-table.ts'

export interface ProfileChange {
  readonly userId: string
  readonly patch: ProfilePatch
  /** The version the caller has read. */
  readonly version: number
}

/** @throws Problem `invalid-token`, StaleVersionError, ConflictError */
export async function changeProfile(
  dependencies: { readonly users: Pick<UserRepository, 'find' | 'updateProfile'> },
  change: ProfileChange,
): Promise<UserRow> {
  const { fullName } = await getProfile(dependencies, change.userId)
  return dependencies.users.updateProfile(change.userId, { fullName, ...change.patch }, change.version)
}
