import { randomUUID } from 'node:crypto'
import type { Identity } from '@polystore/service-kit'
import { sql } from 'drizzle-orm'
import { decodeJwt } from 'jose'
import { session, type Session } from '../src/sessions/session-schemas.ts'
import { goodPassword, type AuthFixture } from './auth-fixture.ts'

export const admin: Identity = { kind: 'user', id: randomUUID(), roles: ['admin'] }

/** The session that an access token names. */
export function sessionIdOf({ access_token: token }: Session): string {
  const { sid } = decodeJwt(token)
  if (typeof sid !== 'string') throw new Error('the access token names no session')
  return sid
}

/** Who asks with the access token of the session, as the gateway says it. */
export function holderOf(opened: Session): Identity {
  return { kind: 'user', id: opened.user.id, roles: opened.user.roles, sessionId: sessionIdOf(opened) }
}

export async function signIn(auth: AuthFixture, email: string, headers: Readonly<Record<string, string>> = {}): Promise<Session> {
  const answer = await auth.call('POST', '/auth/login', { body: { email, password: goodPassword }, headers })
  return session.parse(answer.json())
}

export function refresh(auth: AuthFixture, token: unknown) {
  return auth.call('POST', '/auth/refresh', { body: { refresh_token: token } })
}

/** Types of what the audit log has of a user, in order, of those that begin with `prefix`. */
export async function auditOf({ database }: AuthFixture, userId: string, prefix = 'session.'): Promise<unknown[]> {
  const rows = await database.execute(
    sql`select type from audit_log where user_id = ${userId} and starts_with(type, ${prefix}) order by id`,
  )
  return rows.map((row) => row['type'])
}

/** How often a session was revoked. */
export async function revocationsOf({ database }: AuthFixture, sessionId: string): Promise<number> {
  return (await database.execute(sql`select id from revocations where kind = 'session' and subject = ${sessionId}`)).length
}
