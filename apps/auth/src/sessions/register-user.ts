import type { PasswordHasher } from '../passwords/password-hasher.ts'
import type { AccessTokens } from '../tokens/access-tokens.ts'
import type { UserRepository } from '../users/user-repository.ts'
import { openSession } from './open-session.ts'
import type { RegisterBody, Session } from './session-schemas.ts'

export interface RegisterDependencies {
  readonly users: UserRepository
  readonly passwords: PasswordHasher
  readonly accessTokens: AccessTokens
}

/** Makes a customer and signs them in. @throws ConflictError, Problem `hashing-busy` */
export async function registerUser(
  { users, passwords, accessTokens }: RegisterDependencies,
  { password, ...profile }: RegisterBody,
  signal: AbortSignal,
): Promise<Session> {
  const passwordHash = await passwords.hash(password, signal)
  const user = await users.createUser({ ...profile, passwordHash, roles: ['customer'] })
  return openSession(accessTokens, user)
}
