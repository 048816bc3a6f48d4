import type { Transaction } from '@polystore/db-core'
import { Problem } from '@polystore/service-kit'
import type { Origin } from '../audit/audit-event.ts'
import type { AuditTrail } from '../audit/audit-log.ts'
import type { RevocationRepository } from '../revocations/revocation-repository.ts'
import type { SignAccessToken } from '../tokens/access-tokens.ts'
import type { UserRepository } from '../users/user-repository.ts'
import type { UserRow } from '../users/user-table.ts'
import { toUserView } from '../users/user.ts'
import { hashRefreshToken, type RefreshTokenMaker } from './refresh-token.ts'
import type { RefreshTokenRepository } from './refresh-token-repository.ts'
import type { SessionRepository } from './session-repository.ts'
import type { Session } from './session-schemas.ts'

export interface SessionLives {
  /** Days until a session is over, however much it is used. */
  readonly sessionDays: number
  /** Days that a refresh token may lie unused. */
  readonly idleDays: number
  /** How long a spent refresh token is still answered with its successor. */
  readonly graceSeconds: number
}

export interface NewSession {
  readonly user: UserRow
  readonly origin: Origin
  readonly sign: SignAccessToken
}

export interface OpenSessionDependencies {
  readonly users: UserRepository
  readonly sessions: SessionRepository
  readonly refreshTokens: RefreshTokenRepository
  readonly refreshTokenMaker: RefreshTokenMaker
  readonly revocations: Pick<RevocationRepository, 'add'>
  readonly sessionLives: SessionLives
  readonly audit: AuditTrail
}

/** Open sessions of one user at most; one more ends the one that was not used for longest. */
export const mostSessions = 100

/**
 * Opens a session for a user who has just shown who they are, as the row says: whoever was deactivated or has got another
 * password since that row was read is refused. Answers its first tokens.
 * @throws Problem `invalid-credentials`
 */
export async function openSession(
  dependencies: OpenSessionDependencies,
  { user, origin, sign }: NewSession,
  tx: Transaction,
): Promise<Session> {
  const { users, sessions, refreshTokens, refreshTokenMaker, sessionLives } = dependencies
  const current = await users.find(user.id, { tx, lock: 'update' })
  if (current === undefined || !isStillGood(current, user)) throw new Problem('invalid-credentials')
  const { id: sessionId } = await sessions.open({ userId: user.id, origin, days: sessionLives.sessionDays }, tx)
  await makeRoom(dependencies, { user, origin }, tx)
  const token = refreshTokenMaker.first()
  await refreshTokens.add({ hash: hashRefreshToken(token), sessionId, idleDays: sessionLives.idleDays }, tx)
  return answerTokens(sign, { user: current, sessionId, refreshToken: token })
}

/** A token response of a session. */
export function answerTokens(
  sign: SignAccessToken,
  { user, sessionId, refreshToken }: { user: UserRow; sessionId: string; refreshToken: string },
): Session {
  const { token, expiresInSeconds } = sign(user, sessionId)
  return {
    access_token: token,
    token_type: 'Bearer',
    expires_in: expiresInSeconds,
    refresh_token: refreshToken,
    user: toUserView(user),
  }
}

/** A hash that was made again at another cost is no other password: it leaves the version as it was. */
function isStillGood(current: UserRow, seen: UserRow): boolean {
  const hasOtherPassword = current.passwordHash !== seen.passwordHash && current.version !== seen.version
  return current.active && !hasOtherPassword
}

async function makeRoom(
  { sessions, revocations, audit }: OpenSessionDependencies,
  { user, origin }: Pick<NewSession, 'user' | 'origin'>,
  tx: Transaction,
): Promise<void> {
  const ended = await sessions.endBeyond(mostSessions, user.id, tx)
  await revocations.add(
    ended.map((subject) => ({ kind: 'session', subject })),
    tx,
  )
  for (const sessionId of ended)
    await audit.record({ type: 'session.ended', userId: user.id, actor: user.id, origin, details: { sessionId, reason: 'too-many' } }, tx)
}
