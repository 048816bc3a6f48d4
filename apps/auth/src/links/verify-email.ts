import type { PostgresDatabase } from '@polystore/db-core/sql'
import { Problem } from '@polystore/service-kit'
import type { AuditTrail } from '../audit/audit-log.ts'
import type { Caller } from '../audit/caller.ts'
import { updated, type UserEvents } from '../users/user-events.ts'
import type { UserRepository } from '../users/user-repository.ts'
import type { LinkRepository } from './link-repository.ts'
import { hashOfToken } from './link-tokens.ts'
import { spendLink } from './spend-link.ts'

export interface VerifyEmailDependencies {
  readonly database: PostgresDatabase
  readonly users: UserRepository
  readonly userEvents: UserEvents
  readonly links: LinkRepository
  readonly audit: AuditTrail
}

/** Whoever has the token has read the mail: the address is theirs. @throws Problem `invalid-link` */
export async function verifyEmail(
  dependencies: VerifyEmailDependencies,
  { token, caller }: { readonly token: string; readonly caller: Caller },
): Promise<void> {
  const { database, users, userEvents, links, audit } = dependencies
  const link = await links.findUsable({ hash: hashOfToken(token), purpose: 'verify-email' })
  if (link === undefined) throw new Problem('invalid-link')
  await database.transaction(async (tx) => {
    const user = await spendLink(dependencies, link, tx)
    if (user.emailVerifiedAt !== null) return
    const verified = await users.update(user.id, { emailVerifiedAt: new Date() }, { tx })
    await userEvents.append(updated(verified), tx)
    await audit.record({ type: 'email.verified', userId: user.id, ...caller }, tx)
  })
}
