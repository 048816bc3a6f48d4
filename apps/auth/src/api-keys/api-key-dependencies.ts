import type { PostgresDatabase } from '@polystore/db-core/sql'
import type { AuditTrail } from '../audit/audit-log.ts'
import type { RevocationRepository } from '../revocations/revocation-repository.ts'
import type { UserRepository } from '../users/user-repository.ts'
import type { ApiKeyRepository } from './api-key-repository.ts'

export interface ApiKeyDependencies {
  readonly database: PostgresDatabase
  readonly users: Pick<UserRepository, 'find'>
  readonly apiKeys: ApiKeyRepository
  readonly audit: AuditTrail
  readonly revocations: Pick<RevocationRepository, 'add'>
}
