import type { PasswordHasher } from '../passwords/password-hasher.ts'
import type { AccessTokens } from '../tokens/access-tokens.ts'
import { createUser, type CreateUserDependencies } from '../users/create-user.ts'
import { openSession } from './open-session.ts'
import type { RegisterBody, Session } from './session-schemas.ts'

export interface RegisterDependencies extends CreateUserDependencies {
  readonly passwords: PasswordHasher
  readonly accessTokens: AccessTokens
}

/** Makes a customer and signs them in. @throws ConflictError, Problem `hashing-busy` */
export async function registerUser(
  dependencies: RegisterDependencies,
  { password, ...profile }: RegisterBody,
  signal: AbortSignal,
): Promise<Session> {
  const passwordHash = await dependencies.passwords.hash(password, signal)
  const user = await createUser(dependencies, { ...profile, passwordHash, roles: ['customer'] })
  return openSession(dependencies.accessTokens, user)
}
