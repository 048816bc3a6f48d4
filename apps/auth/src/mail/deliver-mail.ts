import type { PostgresDatabase } from '@polystore/db-core/sql'
import type { AuditTrail } from '../audit/audit-log.ts'
import type { LinkRepository } from '../links/link-repository.ts'
import type { LinkPurpose } from '../links/link-table.ts'
import { hashOfToken, type LinkTokens } from '../links/link-tokens.ts'
import type { UserRepository } from '../users/user-repository.ts'
import type { UserRow } from '../users/user-table.ts'
import { composeMail } from './compose-mail.ts'
import type { MailRepository } from './mail-repository.ts'
import type { MailRow } from './mail-table.ts'
import type { Mailer } from './mailer.ts'

export interface DeliverDependencies {
  readonly database: PostgresDatabase
  readonly users: UserRepository
  readonly links: LinkRepository
  readonly linkTokens: LinkTokens
  readonly audit: AuditTrail
  readonly mails: MailRepository
  readonly mailer: Mailer
  /** Where the pages of links are. */
  readonly linkUrl: string
}

const linkLives: Readonly<Record<LinkPurpose, number>> = { 'verify-email': 24 * 3_600, 'reset-password': 30 * 60 }
/** Nobody's mailbox is filled by whoever knows the address. */
const leastSecondsBetween = 60
const auditTypes = { 'verify-email': 'email.verification-sent', 'reset-password': 'password.reset-requested' } as const

/**
 * Sends a claimed mail and forgets it; one for an address where nobody lives is forgotten at once. The link is made here, with the
 * same token at every try, so that a mail that is sent twice works either time.
 */
export async function deliverMail(dependencies: DeliverDependencies, mail: MailRow, signal: AbortSignal): Promise<void> {
  const { mailer, mails, linkTokens, linkUrl } = dependencies
  const token = linkTokens.tokenOf(mail.nonce)
  const wanted = mail.kind === 'password-changed' || (await makeLink(dependencies, mail, { purpose: mail.kind, token }))
  if (wanted) await mailer.send(composeMail(mail.kind, { to: mail.email, token, linkUrl }), signal)
  await mails.delete(mail.id)
}

/** False when nobody is to be sent a link. */
async function makeLink(
  { database, users, links, audit }: DeliverDependencies,
  { email, actor, address, userAgent }: MailRow,
  { purpose, token }: { readonly purpose: LinkPurpose; readonly token: string },
): Promise<boolean> {
  const user = await users.findByEmail(email)
  if (user === undefined || !needsLink(user, purpose)) return false
  const link = { hash: hashOfToken(token), userId: user.id, purpose, email }
  if (await links.hasRecent(link, leastSecondsBetween)) return false
  await database.transaction(async (tx) => {
    if (!(await links.add(link, linkLives[purpose], tx))) return
    await audit.record({ type: auditTypes[purpose], userId: user.id, actor, origin: { address, userAgent } }, tx)
  })
  return true
}

function needsLink({ active, emailVerifiedAt }: UserRow, purpose: LinkPurpose): boolean {
  return active && (purpose !== 'verify-email' || emailVerifiedAt === null)
}
