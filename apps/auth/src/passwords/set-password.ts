import type { Transaction } from '@polystore/db-core'
import { Problem } from '@polystore/service-kit'
import type { AuditTrail } from '../audit/audit-log.ts'
import type { Caller } from '../audit/caller.ts'
import type { LinkRepository } from '../links/link-repository.ts'
import type { MailRequests } from '../mail/mail-repository.ts'
import type { EndSessions } from '../sessions/end-sessions.ts'
import { passwordChanged, type UserEvents } from '../users/user-events.ts'
import type { UserRepository } from '../users/user-repository.ts'
import type { UserRow } from '../users/user-table.ts'

export interface SetPasswordDependencies {
  readonly users: UserRepository
  readonly userEvents: UserEvents
  readonly links: LinkRepository
  readonly mails: MailRequests
  readonly audit: AuditTrail
  readonly endSessions: EndSessions
}

export interface NewPassword {
  readonly passwordHash: string
  readonly reason: 'password-changed' | 'password-reset'
  /** The session that stays. */
  readonly except?: string | undefined
  readonly caller: Caller
}

/**
 * Gives a user, whose row the transaction has locked, a new password: their sessions end, links of before are worth nothing,
 * and they are told by mail.
 */
export async function setPassword(
  { users, userEvents, links, mails, audit, endSessions }: SetPasswordDependencies,
  { id, email, emailVerifiedAt }: UserRow,
  { passwordHash, reason, except, caller }: NewPassword,
  tx: Transaction,
): Promise<void> {
  // Who resets has read a mail to the address.
  const verified = reason === 'password-reset' ? { emailVerifiedAt: emailVerifiedAt ?? new Date() } : {}
  const user = await users.update(id, { passwordHash, ...verified }, { tx })
  await links.endAll(id, 'reset-password', tx)
  const sessions = await endSessions({ userId: id, except, reason }, tx)
  await userEvents.append(passwordChanged(user), tx)
  const type = reason === 'password-reset' ? 'password.reset' : 'password.changed'
  await audit.record({ type, userId: id, ...caller, details: { sessions } }, tx)
  await mails.request({ kind: 'password-changed', email, caller }, tx)
}

/** @throws Problem `invalid-request` that points to the member of the body */
export function refuseEmailAsPassword({ email }: Pick<UserRow, 'email'>, password: string, pointer: string): void {
  if (password.toLowerCase() !== email) return
  throw new Problem('invalid-request', { errors: [{ pointer, detail: 'must not be the e-mail address' }] })
}
