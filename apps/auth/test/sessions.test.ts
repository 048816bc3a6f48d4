import { randomUUID } from 'node:crypto'
import { outsideTransaction } from '@polystore/db-core'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mostSessions } from '../src/sessions/open-session.ts'
import { RefreshTokenRepository } from '../src/sessions/refresh-token-repository.ts'
import { SessionRepository } from '../src/sessions/session-repository.ts'
import { sessionList, type Session } from '../src/sessions/session-schemas.ts'
import { asUser, goodPassword, readProblem, startAuth, type AuthFixture } from './auth-fixture.ts'
import { auditOf, holderOf, refresh, revocationsOf, sessionIdOf, signIn } from './session-fixture.ts'

let auth: AuthFixture
beforeAll(async () => {
  auth = await startAuth()
})
afterAll(() => auth.stop())

async function listed(opened: Session, query = '') {
  const answer = await auth.call('GET', `/auth/sessions${query}`, { as: holderOf(opened) })
  return sessionList.parse(answer.json()).items
}

const end = (opened: Session, id: string) => auth.call('DELETE', `/auth/sessions/${id}`, { as: holderOf(opened) })

describe('GET /auth/sessions', () => {
  test('my sessions with device and address, the one that asks marked, what was used last first', async () => {
    const first = await auth.register()
    const second = await signIn(auth, first.user.email, { 'user-agent': 'A telephone', 'x-forwarded-for': '203.0.113.7' })
    await auth.register()
    const [newest, oldest, ...others] = await listed(first)
    expect(others).toEqual([])
    expect(newest).toMatchObject({ id: sessionIdOf(second), current: false, device: 'A telephone', address: '203.0.113.7' })
    expect(oldest).toMatchObject({ id: sessionIdOf(first), current: true })
    await refresh(auth, first.refresh_token)
    expect((await listed(second)).map(({ id, current }) => [id, current])).toEqual([
      [sessionIdOf(first), false],
      [sessionIdOf(second), true],
    ])
    expect(await listed(first, '?limit=1')).toHaveLength(1)
  })

  test('one session more than a user may have ends the one that was not used for longest', async () => {
    const first = await auth.register()
    await auth.database.execute(sql`
      insert into sessions (id, user_id, expires_at)
      select gen_random_uuid(), ${first.user.id}, now() + interval '1 day' from generate_series(2, ${mostSessions})`)
    await auth.database.execute(sql`update sessions set last_used_at = now() - interval '1 hour' where id = ${sessionIdOf(first)}`)
    const newest = await signIn(auth, first.user.email)
    expect(await listed(newest)).toHaveLength(mostSessions)
    expect(await revocationsOf(auth, sessionIdOf(first))).toBe(1)
    expect(await auditOf(auth, first.user.id)).toEqual(['session.ended'])
    expect(readProblem(await refresh(auth, first.refresh_token))).toMatchObject({ status: 401 })
  })

  test('401 for an anonymous caller, 400 for a limit over a page', async () => {
    expect(readProblem(await auth.call('GET', '/auth/sessions'))).toMatchObject({ status: 401, slug: 'unauthenticated' })
    const answer = await auth.call('GET', '/auth/sessions?limit=101', { as: asUser(randomUUID()) })
    expect(readProblem(answer)).toMatchObject({ status: 400, slug: 'invalid-request' })
  })
})

describe('DELETE /auth/sessions/{id}', () => {
  test('204 for one of mine, which then is gone; 404 the second time', async () => {
    const first = await auth.register()
    const second = await signIn(auth, first.user.email)
    expect((await end(first, sessionIdOf(second))).statusCode).toBe(204)
    expect((await listed(first)).map(({ id }) => id)).toEqual([sessionIdOf(first)])
    expect(await auditOf(auth, first.user.id)).toEqual(['session.ended'])
    expect(readProblem(await end(first, sessionIdOf(second)))).toMatchObject({ status: 404, slug: 'not-found' })
    expect(await revocationsOf(auth, sessionIdOf(second))).toBe(1)
  })

  test("404 for somebody else's, which goes on, and for one that never was; 400 for what is no id", async () => {
    const [mine, other] = [await auth.register(), await auth.register()]
    expect(readProblem(await end(mine, sessionIdOf(other)))).toMatchObject({ status: 404, slug: 'not-found' })
    expect(readProblem(await end(mine, randomUUID()))).toMatchObject({ status: 404, slug: 'not-found' })
    expect(readProblem(await end(mine, "1'--"))).toMatchObject({ status: 400, slug: 'invalid-request' })
    expect((await refresh(auth, other.refresh_token)).statusCode).toBe(200)
  })
})

describe('POST /auth/logout and /auth/logout-all', () => {
  test('204 however often a session is ended, and one entry in the audit log', async () => {
    const opened = await auth.register()
    const logOut = () => auth.call('POST', '/auth/logout', { as: holderOf(opened) })
    expect([(await logOut()).statusCode, (await logOut()).statusCode]).toEqual([204, 204])
    expect(await auditOf(auth, opened.user.id)).toEqual(['session.ended'])
    expect(await revocationsOf(auth, sessionIdOf(opened))).toBe(1)
  })

  test('401 for a token that names no session, and for an anonymous caller', async () => {
    expect(readProblem(await auth.call('POST', '/auth/logout', { as: asUser(randomUUID()) }))).toMatchObject({ slug: 'invalid-token' })
    for (const path of ['/auth/logout', '/auth/logout-all'])
      expect(readProblem(await auth.call('POST', path))).toMatchObject({ status: 401, slug: 'unauthenticated' })
  })

  test('everywhere means every session of mine and none of others', async () => {
    const [first, other] = [await auth.register(), await auth.register()]
    const second = await signIn(auth, first.user.email)
    expect((await auth.call('POST', '/auth/logout-all', { as: holderOf(second) })).statusCode).toBe(204)
    for (const opened of [first, second]) expect(await revocationsOf(auth, sessionIdOf(opened))).toBe(1)
    expect(await auditOf(auth, first.user.id)).toEqual(['session.all-ended'])
    expect((await refresh(auth, other.refresh_token)).statusCode).toBe(200)
  })
})

describe('a sign-in that is overtaken', () => {
  test.each([
    ['deactivation', sql`active = false`],
    ['another password', sql`password_hash = 'another', version = version + 1`],
  ])('401 and no session when %s commits between the check of the password and the session', async (_name, change) => {
    const { user } = await auth.register()
    const overtaken = await auth.database.transaction(async (tx) => {
      await tx.execute(sql`update users set ${change} where id = ${user.id}`)
      const login = outsideTransaction(async () => signInAs(user.email))
      await expect.poll(() => outsideTransaction(waitingForLocks)).toBeGreaterThan(0)
      return { login }
    })
    expect(readProblem(await overtaken.login)).toMatchObject({ status: 401, slug: 'invalid-credentials' })
    expect(await auth.database.execute(sql`select 1 from sessions where user_id = ${user.id}`)).toHaveLength(1)
  })

  const signInAs = (email: string) => auth.call('POST', '/auth/login', { body: { email, password: goodPassword } })

  async function waitingForLocks(): Promise<number> {
    const waiting = await auth.database.execute(
      sql`select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    )
    return waiting.length
  }
})

describe('the purge', () => {
  test('takes what was over for days, so many at a time, and nothing that is alive', async () => {
    const sessions = new SessionRepository(auth.database)
    const refreshTokens = new RefreshTokenRepository(auth.database)
    const [alive, ended, expired, idle] = [await auth.register(), await auth.register(), await auth.register(), await auth.register()]
    const before = sql`now() - interval '3 days'`
    await auth.database.execute(sql`update sessions set ended_at = ${before}, ended_reason = 'logged-out' where id = ${sessionIdOf(ended)}`)
    await auth.database.execute(sql`update sessions set expires_at = ${before} where id = ${sessionIdOf(expired)}`)
    await auth.database.execute(sql`update refresh_tokens set expires_at = ${before} where session_id = ${sessionIdOf(idle)}`)
    expect([await sessions.purgeOver(1), await sessions.purgeOver(10), await sessions.purgeOver(10)]).toEqual([1, 1, 0])
    expect([await refreshTokens.purgeExpired(10), await refreshTokens.purgeExpired(10)]).toEqual([1, 0])
    expect((await refresh(auth, alive.refresh_token)).statusCode).toBe(200)
    for (const { refresh_token: token } of [ended, expired, idle])
      expect(readProblem(await refresh(auth, token))).toMatchObject({ status: 401 })
  })
})
