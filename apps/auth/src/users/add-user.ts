import { ConflictError } from '@polystore/db-core'
import type { Caller } from '../audit/caller.ts'
import type { Administration } from './administration.ts'
import { createUser } from './create-user.ts'
import type { UserRepository } from './user-repository.ts'
import type { NewUserBody } from './user-admin-schemas.ts'
import type { UserRow } from './user-table.ts'

export interface UserAddition {
  readonly body: NewUserBody
  readonly caller: Caller
  readonly signal: AbortSignal
}

/** Makes a user for somebody else. @throws ConflictError, Problem `hashing-busy` */
export async function addUser(dependencies: Administration, { body, caller, signal }: UserAddition): Promise<UserRow> {
  const { database, users, passwords, mails } = dependencies
  const { password, ...account } = body
  await refuseTaken(users, account)
  const passwordHash = await passwords.hash(password, signal)
  return database.transaction(async (tx) => {
    const created = await createUser(dependencies, { user: { ...account, passwordHash }, caller }, tx)
    await mails.request({ kind: 'verify-email', email: created.email, caller }, tx)
    return created
  })
}

/** Spares a hash, and names both fields at once; of two at the same moment, the unique index refuses one. */
async function refuseTaken(users: UserRepository, { email, username }: Pick<NewUserBody, 'email' | 'username'>): Promise<void> {
  const [isEmailTaken, isUsernameTaken] = await Promise.all([
    users.emailExists(email),
    username !== undefined && users.usernameExists(username),
  ])
  const fields = [...(isEmailTaken ? ['email'] : []), ...(isUsernameTaken ? ['username'] : [])]
  if (fields.length > 0) throw new ConflictError('Another user has this already.', { entity: 'users', fields })
}
