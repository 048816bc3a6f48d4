import type { Transaction } from '@polystore/db-core'
import type { PostgresDatabase } from '@polystore/db-core/sql'
import type { AuditTrail } from '../audit/audit-log.ts'
import type { Caller } from '../audit/caller.ts'
import { registered, type UserEvents } from './user-events.ts'
import type { NewUser, UserRepository } from './user-repository.ts'
import type { UserRow } from './user-table.ts'

export interface CreateUserDependencies {
  readonly database: PostgresDatabase
  readonly users: UserRepository
  readonly userEvents: UserEvents
  readonly audit: AuditTrail
}

/** Makes a user for somebody else, and tells of them. @throws ConflictError with the constraint `users_email_unique` or `users_username_unique` */
export async function createUser(
  { users, userEvents, audit }: Omit<CreateUserDependencies, 'database'>,
  { user, caller }: { readonly user: NewUser; readonly caller: Caller },
  tx: Transaction,
): Promise<UserRow> {
  const created = await users.createUser(user, { tx })
  await userEvents.append(registered(created), tx)
  await audit.record({ type: 'user.created', userId: created.id, ...caller, details: { roles: created.roles.join(' ') } }, tx)
  return created
}
