import type { PostgresDatabase } from '@polystore/db-core/sql'
import { NotFoundError } from '@polystore/db-core'
import type { AuditTrail } from '../audit/audit-log.ts'
import type { Caller } from '../audit/caller.ts'
import type { EndSessions } from './end-sessions.ts'

export interface LogOutDependencies {
  readonly database: PostgresDatabase
  readonly endSessions: EndSessions
  readonly audit: AuditTrail
}

export interface EndedSession {
  readonly userId: string
  readonly sessionId: string
  readonly caller: Caller
}

/** Ends the session of the caller; nothing happens when it has ended already. */
export async function logOut(dependencies: LogOutDependencies, session: EndedSession): Promise<void> {
  await endOne(dependencies, session, 'logged-out')
}

/** Ends one session of a user. @throws NotFoundError for one that has ended, is somebody else's or never was */
export async function endOwnSession(dependencies: LogOutDependencies, session: EndedSession): Promise<void> {
  const isEnded = await endOne(dependencies, session, 'ended-by-user')
  if (!isEnded) throw new NotFoundError('There is no such session.', { entity: 'sessions' })
}

/** Ends every session of a user, on all devices. */
export async function logOutEverywhere(
  { database, endSessions, audit }: LogOutDependencies,
  { userId, caller }: Omit<EndedSession, 'sessionId'>,
): Promise<void> {
  await database.transaction(async (tx) => {
    const sessions = await endSessions({ userId, reason: 'logged-out-everywhere' }, tx)
    if (sessions > 0) await audit.record({ type: 'session.all-ended', userId, ...caller, details: { sessions } }, tx)
  })
}

function endOne(
  { database, endSessions, audit }: LogOutDependencies,
  { userId, sessionId, caller }: EndedSession,
  reason: 'logged-out' | 'ended-by-user',
): Promise<boolean> {
  return database.transaction(async (tx) => {
    const ended = await endSessions({ userId, only: sessionId, reason }, tx)
    if (ended > 0) await audit.record({ type: 'session.ended', userId, ...caller, details: { sessionId, reason } }, tx)
    return ended > 0
  })
}
