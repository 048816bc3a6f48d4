import { Problem } from '@polystore/service-kit'
import type { Caller } from '../audit/caller.ts'
import type { LoginAttempt } from '../throttling/login-throttles.ts'
import { type FailedLoginDependencies, recordFailedLogin } from '../throttling/record-failed-login.ts'
import { getProfile } from '../users/get-profile.ts'
import type { UserRow } from '../users/user-table.ts'
import type { PasswordHasher } from './password-hasher.ts'
import type { ChangePasswordBody } from './password-schemas.ts'
import { refuseEmailAsPassword, setPassword, type SetPasswordDependencies } from './set-password.ts'

export interface ChangePasswordDependencies extends SetPasswordDependencies, FailedLoginDependencies {
  readonly passwords: PasswordHasher
}

export interface PasswordChange {
  readonly userId: string
  /** The session of the access token: it goes on, the others end. */
  readonly sessionId: string | undefined
  readonly body: ChangePasswordBody
  readonly caller: Caller
  readonly signal: AbortSignal
}

/**
 * Replaces the password of a user who knows it; a wrong one counts as a failed login.
 * @throws Problem `wrong-password`, Problem `login-throttled`, Problem `hashing-busy`, Problem `invalid-token`
 */
export async function changePassword(dependencies: ChangePasswordDependencies, change: PasswordChange): Promise<void> {
  const { database, users, passwords, throttles } = dependencies
  const { userId, sessionId, body, caller, signal } = change
  const seen = await getProfile(dependencies, userId)
  refuseEmailAsPassword(seen, body.newPassword, '#/newPassword')
  const attempt = await checkCurrent(dependencies, seen, change)
  const passwordHash = await passwords.hash(body.newPassword, signal)
  await database.transaction(async (tx) => {
    const user = await users.find(userId, { tx, lock: 'update' })
    if (user === undefined || !user.active) throw new Problem('invalid-token')
    // Of two changes at once the second does not know the password any more. A hash at another cost leaves the version.
    if (user.passwordHash !== seen.passwordHash && user.version !== seen.version) throw new Problem('wrong-password')
    await throttles.succeed(attempt, tx)
    await setPassword(dependencies, user, { passwordHash, reason: 'password-changed', except: sessionId, caller }, tx)
  })
}

/** @throws Problem `wrong-password`, Problem `login-throttled`, Problem `hashing-busy` */
async function checkCurrent(
  dependencies: ChangePasswordDependencies,
  user: UserRow,
  { body, caller, signal }: PasswordChange,
): Promise<LoginAttempt> {
  const { passwords, throttles } = dependencies
  const { origin } = caller
  return passwords.inTurn(async (check) => {
    const attempt = await throttles.admit({ email: user.email, address: origin.address })
    const { outcome } = await check(user.passwordHash, body.currentPassword)
    if (outcome === 'right') return attempt
    const reason = outcome === 'damaged' ? 'damaged-hash' : 'wrong-password'
    await recordFailedLogin(dependencies, { attempt, userId: user.id, origin, reason })
    throw new Problem('wrong-password')
  }, signal)
}
