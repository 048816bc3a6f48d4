import type { PostgresDatabase } from '@polystore/db-core/sql'
import type { Caller } from '../audit/caller.ts'
import type { MailRequests } from '../mail/mail-repository.ts'
import { getProfile } from '../users/get-profile.ts'
import type { UserRepository } from '../users/user-repository.ts'

export interface RequestVerificationDependencies {
  readonly database: PostgresDatabase
  readonly users: Pick<UserRepository, 'find'>
  readonly mails: MailRequests
}

/** Sends the user a new link, unless their address is confirmed already. @throws Problem `invalid-token` */
export async function requestVerification(
  dependencies: RequestVerificationDependencies,
  { userId, caller }: { readonly userId: string; readonly caller: Caller },
): Promise<void> {
  const { email, emailVerifiedAt } = await getProfile(dependencies, userId)
  if (emailVerifiedAt !== null) return
  await dependencies.database.transaction((tx) => dependencies.mails.request({ kind: 'verify-email', email, caller }, tx))
}
