import { Problem } from '@polystore/service-kit'
import type { Caller } from '../audit/caller.ts'
import type { LinkRow } from '../links/link-table.ts'
import { hashOfToken } from '../links/link-tokens.ts'
import { spendLink } from '../links/spend-link.ts'
import { type FailedLoginDependencies, recordFailedLogin } from '../throttling/record-failed-login.ts'
import type { PasswordHasher } from './password-hasher.ts'
import type { ResetPasswordBody } from './password-schemas.ts'
import { refuseEmailAsPassword, setPassword, type SetPasswordDependencies } from './set-password.ts'

export interface ResetPasswordDependencies extends SetPasswordDependencies, FailedLoginDependencies {
  readonly passwords: PasswordHasher
}

export interface PasswordReset {
  readonly body: ResetPasswordBody
  readonly caller: Caller
  readonly signal: AbortSignal
}

/**
 * A new password for whoever holds the link that was mailed. Nobody is signed in by it.
 * @throws Problem `invalid-link`, Problem `login-throttled`, Problem `hashing-busy`
 */
export async function resetPassword(dependencies: ResetPasswordDependencies, { body, caller, signal }: PasswordReset): Promise<void> {
  const { database, passwords, throttles } = dependencies
  const { address } = caller.origin
  // Asked before hashing: guesses cost a look into an index.
  const link = await findLink(dependencies, body.token, caller)
  const passwordHash = await passwords.hash(body.password, signal)
  await database.transaction(async (tx) => {
    const user = await spendLink(dependencies, link, tx)
    refuseEmailAsPassword(user, body.password, '#/password')
    await throttles.succeed({ source: { email: user.email, address } }, tx)
    // The actor is whoever reads the user's mail.
    await setPassword(dependencies, user, { passwordHash, reason: 'password-reset', caller: { ...caller, actor: user.id } }, tx)
  })
}

async function findLink(dependencies: ResetPasswordDependencies, token: string, { origin }: Caller): Promise<LinkRow> {
  const attempt = await dependencies.throttles.admit({ address: origin.address })
  const link = await dependencies.links.findUsable({ hash: hashOfToken(token), purpose: 'reset-password' })
  if (link !== undefined) return link
  await recordFailedLogin(dependencies, { attempt, userId: null, origin, reason: 'invalid-link' })
  throw new Problem('invalid-link')
}
