import { hash } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { session, type Session } from '../src/sessions/session-schemas.ts'
import { callService, goodPassword, readProblem, startAuth, type AuthFixture } from './auth-fixture.ts'
import { admin, auditOf, holderOf, refresh, revocationsOf, sessionIdOf, signIn } from './session-fixture.ts'

let auth: AuthFixture
beforeAll(async () => {
  auth = await startAuth()
})
afterAll(() => auth.stop())

const refused = { status: 401, slug: 'invalid-refresh-token', pointers: [] }

async function refreshed(token: string): Promise<Session> {
  return session.parse((await refresh(auth, token)).json())
}

/** As if the grace of every spent token of the session had passed. */
async function passGrace(sessionId: string): Promise<void> {
  await auth.database.execute(sql`update refresh_tokens set used_at = used_at - interval '11 seconds' where session_id = ${sessionId}`)
}

async function chainOf(sessionId: string): Promise<{ spent: number; unused: number }> {
  const rows = await auth.database.execute(sql`select used_at from refresh_tokens where session_id = ${sessionId}`)
  const unused = rows.filter((row) => row['used_at'] === null).length
  return { spent: rows.length - unused, unused }
}

describe('POST /auth/refresh', () => {
  test('200 with the next tokens of the same session, not to be stored by anybody between', async () => {
    const opened = await auth.register()
    const response = await refresh(auth, opened.refresh_token)
    expect(response.statusCode).toBe(200)
    expect(response.headers['cache-control']).toBe('no-store')
    const next = session.parse(response.json())
    expect(next.refresh_token).not.toBe(opened.refresh_token)
    expect(next.access_token).not.toBe(opened.access_token)
    expect(sessionIdOf(next)).toBe(sessionIdOf(opened))
    expect(next.user.id).toBe(opened.user.id)
    expect(await auditOf(auth, opened.user.id)).toEqual(['session.refreshed'])
  })

  test('the database knows tokens by their hash only', async () => {
    const { refresh_token: token } = await auth.register()
    const stored = await auth.database.execute(
      sql`select hash from refresh_tokens where hash in (${token}, ${hash('sha256', token, 'base64url')})`,
    )
    expect(stored).toEqual([{ hash: hash('sha256', token, 'base64url') }])
  })

  test('20 refreshes of one token at once, on two replicas, make one chain with one end', async () => {
    const opened = await auth.register()
    const replica = await auth.replica()
    const body = { refresh_token: opened.refresh_token }
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) => callService(index % 2 === 0 ? auth.service : replica, 'POST', '/auth/refresh', { body })),
    )
    expect(answers.map((answer) => answer.statusCode)).toEqual(Array.from({ length: 20 }, () => 200))
    const ends = new Set(answers.map((answer) => session.parse(answer.json()).refresh_token))
    expect(ends.size).toBe(1)
    expect(await chainOf(sessionIdOf(opened))).toEqual({ spent: 1, unused: 1 })
    expect(await auditOf(auth, opened.user.id)).toEqual(['session.refreshed'])
    for (const end of ends) expect((await refresh(auth, end)).statusCode).toBe(200)
  })

  test('a spent token gives the same successor within the grace, and nothing once that is spent, while the session goes on', async () => {
    const opened = await auth.register()
    const second = await refreshed(opened.refresh_token)
    expect((await refreshed(opened.refresh_token)).refresh_token).toBe(second.refresh_token)
    const third = await refreshed(second.refresh_token)
    expect(readProblem(await refresh(auth, opened.refresh_token))).toEqual(refused)
    expect((await refresh(auth, third.refresh_token)).statusCode).toBe(200)
  })

  test('a spent token after the grace ends the session, its tokens and its access tokens, and no other session', async () => {
    const opened = await auth.register()
    const other = await signIn(auth, opened.user.email)
    const second = await refreshed(opened.refresh_token)
    await passGrace(sessionIdOf(opened))
    expect(readProblem(await refresh(auth, opened.refresh_token))).toEqual(refused)
    expect(readProblem(await refresh(auth, second.refresh_token))).toEqual(refused)
    expect(readProblem(await refresh(auth, opened.refresh_token))).toEqual(refused)
    expect(await revocationsOf(auth, sessionIdOf(opened))).toBe(1)
    expect(await auditOf(auth, opened.user.id)).toEqual(['session.refreshed', 'session.reuse-detected'])
    expect((await refresh(auth, other.refresh_token)).statusCode).toBe(200)
  })

  test('the roles of now are in the next access token', async () => {
    const opened = await auth.register()
    await auth.database.execute(sql`update users set roles = '{customer,staff}' where id = ${opened.user.id}`)
    expect((await refreshed(opened.refresh_token)).user.roles).toEqual(['customer', 'staff'])
  })

  test.each<[string, (opened: Session, other: Session) => Promise<{ statusCode: number }>]>([
    ['logout', (opened) => auth.call('POST', '/auth/logout', { as: holderOf(opened) })],
    ['logout everywhere', (_, other) => auth.call('POST', '/auth/logout-all', { as: holderOf(other) })],
    [
      'the end of the session from another one',
      (opened, other) => auth.call('DELETE', `/auth/sessions/${sessionIdOf(opened)}`, { as: holderOf(other) }),
    ],
    [
      'a change of the password from another session',
      (_, other) => {
        const body = { currentPassword: goodPassword, newPassword: 'another battery, horse' }
        return auth.call('POST', '/users/me/password', { as: holderOf(other), body })
      },
    ],
    ['deactivation', ({ user }) => auth.call('POST', `/users/${user.id}/deactivate`, { as: admin })],
    ['deletion', ({ user }) => auth.call('DELETE', `/users/${user.id}`, { as: admin })],
  ])('401 after %s, and its access tokens are revoked', async (_name, end) => {
    const opened = await auth.register()
    const next = await refreshed(opened.refresh_token)
    expect((await end(opened, await signIn(auth, opened.user.email))).statusCode).toBeLessThan(300)
    expect(readProblem(await refresh(auth, next.refresh_token))).toEqual(refused)
    // Within the grace as well.
    expect(readProblem(await refresh(auth, opened.refresh_token))).toEqual(refused)
    expect(await revocationsOf(auth, sessionIdOf(opened))).toBe(1)
  })

  test('whatever comes at once, a deactivated user has nothing left that is worth anything', async () => {
    for (let round = 0; round < 10; round += 1) {
      const opened = await auth.register()
      const others = [await signIn(auth, opened.user.email), await signIn(auth, opened.user.email)]
      const all = [opened, ...others]
      const answers = await Promise.all([
        ...all.flatMap(({ refresh_token: token }) => [refresh(auth, token), refresh(auth, token)]),
        auth.call('POST', '/auth/login', { body: { email: opened.user.email, password: goodPassword } }),
        auth.call('POST', '/auth/logout', { as: holderOf(opened) }),
        auth.call('POST', `/users/${opened.user.id}/deactivate`, { as: admin }),
        auth.call('POST', '/auth/logout-all', { as: holderOf(opened) }),
      ])
      expect(answers.map(({ statusCode }) => statusCode).filter((status) => ![200, 204, 401].includes(status))).toEqual([])
      const given = answers.map((answer) => session.safeParse(answer.body === '' ? {} : answer.json())).flatMap(({ data }) => data ?? [])
      for (const each of [...all, ...given]) {
        expect(readProblem(await refresh(auth, each.refresh_token))).toEqual(refused)
        expect(await revocationsOf(auth, sessionIdOf(each))).toBe(1)
      }
    }
  })

  test('a change of the password leaves the session that asked for it', async () => {
    const opened = await auth.register()
    const body = { currentPassword: goodPassword, newPassword: 'another battery, horse' }
    await auth.call('POST', '/users/me/password', { as: holderOf(opened), body })
    expect(await revocationsOf(auth, sessionIdOf(opened))).toBe(0)
    expect((await refresh(auth, opened.refresh_token)).statusCode).toBe(200)
  })

  test('401 for a token that was not used for too long, and for a session that is too old; nobody is accused', async () => {
    const [idle, old] = [await auth.register(), await auth.register()]
    await auth.database.execute(sql`update refresh_tokens set expires_at = now() where session_id = ${sessionIdOf(idle)}`)
    await auth.database.execute(sql`update sessions set expires_at = now() where id = ${sessionIdOf(old)}`)
    for (const opened of [idle, old, old]) expect(readProblem(await refresh(auth, opened.refresh_token))).toEqual(refused)
    for (const { user } of [idle, old]) expect(await auditOf(auth, user.id)).toEqual([])
    const mine = await auth.call('GET', '/auth/sessions', { as: holderOf(old) })
    expect(mine.json()).toEqual({ items: [] })
  })

  test.each([
    ['none', undefined],
    ['an empty one', ''],
    ['a number', 7],
    ['an operator', { $ne: null }],
    ['a list', ['x']],
    ['more than 512 characters', 'x'.repeat(513)],
    ['text with NUL', 'a\u0000b'],
  ])('400 for %s as the token', async (_name, token) => {
    expect(readProblem(await refresh(auth, token))).toMatchObject({ status: 400 })
  })

  test('401 for what is no token of anybody: an access token, a changed one, another spelling of one', async () => {
    const { access_token: access, refresh_token: token } = await auth.register()
    const last = token.endsWith('A') ? 'B' : 'A'
    for (const wrong of ['x', access.slice(0, 512), `${token}=`, ` ${token}`, token.slice(0, -1) + last, `'; drop table sessions --`])
      expect(readProblem(await refresh(auth, wrong))).toEqual(refused)
    expect((await refresh(auth, token)).statusCode).toBe(200)
  })
})
