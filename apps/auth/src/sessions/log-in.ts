import { Problem } from '@polystore/service-kit'
import type { Origin } from '../audit/audit-event.ts'
import type { CheckPassword, PasswordHasher } from '../passwords/password-hasher.ts'
import type { LoginAttempt } from '../throttling/login-throttles.ts'
import { type FailedLogin, type FailedLoginDependencies, recordFailedLogin } from '../throttling/record-failed-login.ts'
import type { AccessTokens } from '../tokens/access-tokens.ts'
import type { UserRepository } from '../users/user-repository.ts'
import type { UserRow } from '../users/user-table.ts'
import { openSession, type OpenSessionDependencies } from './open-session.ts'
import type { LogInBody, Session } from './session-schemas.ts'

export interface LogInDependencies extends FailedLoginDependencies, OpenSessionDependencies {
  readonly users: UserRepository
  readonly passwords: PasswordHasher
  readonly accessTokens: AccessTokens
  /** Told of a stored hash that cannot be read. */
  readonly onDamagedHash: (userId: string) => void
}

interface Login {
  readonly body: LogInBody
  readonly origin: Origin
  readonly signal: AbortSignal
}

/**
 * Signs a user in. An unknown address, a wrong password and a deactivated account get one answer after one hash each.
 * @throws Problem `invalid-credentials`, Problem `login-throttled`, Problem `hashing-busy`
 */
export async function logIn(dependencies: LogInDependencies, { body, origin, signal }: Login): Promise<Session> {
  // Whoever is turned away by a full queue has not asked the database anything, and whoever gets in is counted before the next.
  const outcome = await dependencies.passwords.inTurn(async (check) => {
    const attempt = await dependencies.throttles.admit({ email: body.email, address: origin.address })
    const found = await examine(dependencies, body, check)
    if ('reason' in found) await recordFailedLogin(dependencies, { ...found, attempt, origin })
    return { ...found, attempt }
  }, signal)
  if ('reason' in outcome) throw new Problem('invalid-credentials')
  return openFor(dependencies, { ...outcome, origin })
}

type Finding = Pick<FailedLogin, 'reason' | 'userId'> | { readonly user: UserRow; readonly rehashed: string | undefined }

async function examine({ users, onDamagedHash }: LogInDependencies, body: LogInBody, check: CheckPassword): Promise<Finding> {
  const user = await users.findByEmail(body.email)
  const checked = await check(user?.passwordHash, body.password)
  if (user === undefined) return { reason: 'unknown-account', userId: null }
  if (checked.outcome === 'damaged') {
    onDamagedHash(user.id)
    return { reason: 'damaged-hash', userId: user.id }
  }
  if (checked.outcome === 'wrong') return { reason: 'wrong-password', userId: user.id }
  return user.active ? { user, rehashed: checked.rehashed } : { reason: 'inactive-account', userId: user.id }
}

interface Admitted {
  readonly user: UserRow
  /** A hash at the cost of today, where the stored one was made at another. */
  readonly rehashed: string | undefined
  readonly attempt: LoginAttempt
  readonly origin: Origin
}

async function openFor(dependencies: LogInDependencies, { user, rehashed, attempt, origin }: Admitted): Promise<Session> {
  const { database, users, throttles, audit, accessTokens } = dependencies
  const sign = await accessTokens.signer()
  return database.transaction(async (tx) => {
    await users.updateLastLogin(user.id, { tx })
    if (rehashed !== undefined) await users.updatePassword(user.id, { passwordHash: rehashed, previousHash: user.passwordHash }, { tx })
    await throttles.succeed(attempt, tx)
    await audit.record({ type: 'login.succeeded', userId: user.id, actor: user.id, origin }, tx)
    return openSession(dependencies, { user, origin, sign }, tx)
  })
}
