import type { Transaction } from '@polystore/db-core'
import type { PostgresDatabase } from '@polystore/db-core/sql'
import { Problem } from '@polystore/service-kit'
import type { Origin } from '../audit/audit-event.ts'
import type { AuditTrail } from '../audit/audit-log.ts'
import type { AccessTokens, SignAccessToken } from '../tokens/access-tokens.ts'
import type { EndSessions } from './end-sessions.ts'
import { answerTokens, type OpenSessionDependencies } from './open-session.ts'
import { hashRefreshToken } from './refresh-token.ts'
import type { RefreshTokenOwner } from './refresh-token-repository.ts'
import type { Session } from './session-schemas.ts'

export interface RefreshDependencies extends OpenSessionDependencies {
  readonly database: PostgresDatabase
  readonly accessTokens: AccessTokens
  readonly audit: AuditTrail
  readonly endSessions: EndSessions
}

export interface Refresh {
  readonly token: string
  readonly origin: Origin
}

interface Exchange extends Refresh {
  readonly sign: SignAccessToken
}

/**
 * Exchanges a refresh token for the next tokens of its session. Whoever presents it again within the grace is told the same
 * successor; presented after that it was stolen, from one side or the other, and the session ends.
 * @throws Problem `invalid-refresh-token`
 */
export async function refreshSession(dependencies: RefreshDependencies, refresh: Refresh): Promise<Session> {
  const sign = await dependencies.accessTokens.signer()
  const session = await dependencies.database.transaction((tx) => exchange(dependencies, { ...refresh, sign }, tx))
  if (session === undefined) throw new Problem('invalid-refresh-token')
  return session
}

/** Undefined is a refusal that commits. */
async function exchange(dependencies: RefreshDependencies, refresh: Exchange, tx: Transaction): Promise<Session | undefined> {
  const { refreshTokens, refreshTokenMaker, sessionLives, audit } = dependencies
  const hash = hashRefreshToken(refresh.token)
  const owner = await refreshTokens.spend(hash, tx)
  if (owner === undefined) return exchangeAgain(dependencies, refresh, tx)
  const { sessionId, userId } = owner
  const successor = refreshTokenMaker.successorOf(refresh.token)
  const session = await goOn(dependencies, { ...refresh, ...owner, token: successor }, tx)
  await refreshTokens.add({ hash: hashRefreshToken(successor), sessionId, idleDays: sessionLives.idleDays }, tx)
  await audit.record({ type: 'session.refreshed', userId, actor: userId, origin: refresh.origin, details: { sessionId } }, tx)
  return session
}

/** What a token is worth that cannot be spent. */
async function exchangeAgain(dependencies: RefreshDependencies, refresh: Exchange, tx: Transaction): Promise<Session | undefined> {
  const { refreshTokens, refreshTokenMaker, sessionLives } = dependencies
  const known = await refreshTokens.find(hashRefreshToken(refresh.token), sessionLives.graceSeconds, tx)
  switch (known?.state) {
    case 'recent': {
      const successor = refreshTokenMaker.successorOf(refresh.token)
      const next = await refreshTokens.find(hashRefreshToken(successor), sessionLives.graceSeconds, tx)
      // Only the token before the newest one is answered.
      if (next?.state !== 'unused') return undefined
      return goOn(dependencies, { ...refresh, ...known, token: successor }, tx)
    }
    case 'spent':
      await endFamily(dependencies, { ...known, origin: refresh.origin }, tx)
      return undefined
    default:
      return undefined
  }
}

/**
 * Tokens of a session that goes on, `token` being its refresh token. The user's row is held, so that no role is taken away between reading and signing it, and
 * before the session's, as whoever ends sessions does.
 */
async function goOn(
  { users, sessions }: RefreshDependencies,
  { sessionId, userId, origin, token, sign }: RefreshTokenOwner & Exchange,
  tx: Transaction,
): Promise<Session> {
  const user = await users.find(userId, { tx, lock: 'share' })
  const session = await sessions.use(sessionId, origin, tx)
  if (session === undefined || user === undefined || !user.active) throw new Problem('invalid-refresh-token')
  return answerTokens(sign, { user, sessionId, refreshToken: token })
}

async function endFamily(
  { endSessions, audit }: RefreshDependencies,
  { sessionId, userId, origin }: RefreshTokenOwner & { origin: Origin },
  tx: Transaction,
): Promise<void> {
  const ended = await endSessions({ userId, only: sessionId, reason: 'token-reused' }, tx)
  if (ended > 0) await audit.record({ type: 'session.reuse-detected', userId, actor: null, origin, details: { sessionId } }, tx)
}
