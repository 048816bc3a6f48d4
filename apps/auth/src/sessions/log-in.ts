import { Problem } from '@polystore/service-kit'
import type { PasswordHasher } from '../passwords/password-hasher.ts'
import type { AccessTokens } from '../tokens/access-tokens.ts'
import type { UserRepository } from '../users/user-repository.ts'
import type { UserRow } from '../users/user-table.ts'
import { openSession } from './open-session.ts'
import type { LogInBody, Session } from './session-schemas.ts'

export interface LogInDependencies {
  readonly users: UserRepository
  readonly passwords: PasswordHasher
  readonly accessTokens: AccessTokens
  /** Told of a stored hash that cannot be read. */
  readonly onDamagedHash: (userId: string) => void
}

/**
 * Signs a user in. An unknown address, a wrong password and a deactivated account get one answer after one hash each.
 * @throws Problem `invalid-credentials`, Problem `hashing-busy`
 */
export async function logIn(dependencies: LogInDependencies, body: LogInBody, signal: AbortSignal): Promise<Session> {
  const { users, passwords, accessTokens, onDamagedHash } = dependencies
  // Whoever is turned away by a full queue has not asked the database anything.
  const { user, check } = await passwords.inTurn(async (checkNow) => {
    const found = await users.findByEmail(body.email)
    return { user: found, check: await checkNow(found?.passwordHash, body.password) }
  }, signal)
  if (user !== undefined && check.outcome === 'damaged') onDamagedHash(user.id)
  if (user === undefined || check.outcome !== 'right' || !user.active) throw new Problem('invalid-credentials')
  await recordLogin(users, user, check.rehashed)
  return openSession(accessTokens, user)
}

async function recordLogin(users: UserRepository, user: UserRow, rehashed: string | undefined): Promise<void> {
  await users.updateLastLogin(user.id)
  if (rehashed === undefined) return
  await users.updatePassword(user.id, { passwordHash: rehashed, previousHash: user.passwordHash })
}
