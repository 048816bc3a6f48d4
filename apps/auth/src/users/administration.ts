import type { PostgresDatabase } from '@polystore/db-core/sql'
import type { AuditTrail } from '../audit/audit-log.ts'
import type { MailRequests } from '../mail/mail-repository.ts'
import type { PasswordHasher } from '../passwords/password-hasher.ts'
import type { RevocationRepository } from '../revocations/revocation-repository.ts'
import type { EndSessions } from '../sessions/end-sessions.ts'
import type { UserEvents } from './user-events.ts'
import type { UserRepository } from './user-repository.ts'

/** What changes of users by administrators are built on: each commits with its event, its audit record and what it revokes. */
export interface Administration {
  readonly database: PostgresDatabase
  readonly users: UserRepository
  readonly userEvents: UserEvents
  readonly audit: AuditTrail
  readonly passwords: PasswordHasher
  readonly revocations: Pick<RevocationRepository, 'add'>
  readonly mails: MailRequests
  readonly endSessions: EndSessions
}
