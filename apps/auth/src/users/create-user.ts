import type { PostgresDatabase } from '@polystore/db-core/sql'
import { registered, type UserEvents } from './user-events.ts'
import type { NewUser, UserRepository } from './user-repository.ts'
import type { UserRow } from './user-table.ts'

export interface CreateUserDependencies {
  readonly database: PostgresDatabase
  readonly users: UserRepository
  readonly userEvents: UserEvents
}

/** Makes a user and tells of them. @throws ConflictError with the constraint `users_email_unique` or `users_username_unique` */
export function createUser({ database, users, userEvents }: CreateUserDependencies, user: NewUser): Promise<UserRow> {
  return database.transaction(async (tx) => {
    const created = await users.createUser(user, { tx })
    await userEvents.append(registered(created), tx)
    return created
  })
}
