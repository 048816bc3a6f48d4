import type { PostgresDatabase } from '@polystore/db-core/sql'
import { Problem } from '@polystore/service-kit'
import type { Caller } from '../audit/caller.ts'
import type { MailRepository } from '../mail/mail-repository.ts'
import type { LoginThrottles } from '../throttling/login-throttles.ts'

export interface RequestPasswordResetDependencies {
  readonly database: PostgresDatabase
  readonly mails: Pick<MailRepository, 'holds' | 'request'>
  readonly throttles: Pick<LoginThrottles, 'admit'>
}

/** So that whoever asks for many unknown addresses cannot fill the disk. */
const mostWaiting = 10_000

/**
 * Does the same for every address, known or not: whether somebody lives there is found out when the mail is sent.
 * @throws Problem `login-throttled`, Problem `service-unavailable`
 */
export async function requestPasswordReset(
  { database, mails, throttles }: RequestPasswordResetDependencies,
  { email, caller }: { readonly email: string; readonly caller: Caller },
): Promise<void> {
  await throttles.admit({ address: caller.origin.address })
  if (await mails.holds(mostWaiting)) throw new Problem('service-unavailable', { headers: { 'retry-after': '60' } })
  await database.transaction((tx) => mails.request({ kind: 'reset-password', email, caller }, tx))
}
