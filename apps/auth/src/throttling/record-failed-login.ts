import type { PostgresDatabase } from '@polystore/db-core/sql'
import type { Origin } from '../audit/audit-event.ts'
import type { AuditTrail } from '../audit/audit-log.ts'
import type { LoginAttempt, LoginThrottles } from './login-throttles.ts'

export interface FailedLogin {
  readonly attempt: LoginAttempt
  /** Whose account it is, where it is one. */
  readonly userId: string | null
  readonly origin: Origin
  /** For administrators; the caller is told none of it. */
  readonly reason: 'unknown-account' | 'wrong-password' | 'inactive-account' | 'damaged-hash' | 'invalid-link'
}

export interface FailedLoginDependencies {
  readonly database: PostgresDatabase
  readonly throttles: LoginThrottles
  readonly audit: AuditTrail
}

/** Counts it, and writes down that it happened and which waits it began. The e-mail address is not kept: it may be a password. */
export function recordFailedLogin(
  { database, throttles, audit }: FailedLoginDependencies,
  { attempt, userId, origin, reason }: FailedLogin,
): Promise<void> {
  const about = { userId, actor: null, origin }
  return database.transaction(async (tx) => {
    const blocks = await throttles.fail(attempt, tx)
    await audit.record({ ...about, type: 'login.failed', details: { reason } }, tx)
    for (const { kind, seconds } of blocks) {
      await audit.record({ ...about, type: 'login.throttled', details: { by: kind, seconds } }, tx)
    }
  })
}
