import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asUser, goodPassword, readProblem, startAuth, type AuthFixture } from './auth-fixture.ts'
import { SmtpServer, tokenIn } from './smtp-server.ts'

const smtp = new SmtpServer()
let auth: AuthFixture
beforeAll(async () => {
  auth = await startAuth({ SMTP_URL: await smtp.start() })
})
afterAll(async () => {
  await auth.stop()
  await smtp.stop()
})

const newPassword = 'staple battery horse correct'
const rows = (query: ReturnType<typeof sql>) => auth.database.execute(query)
const logIn = (email: string, password: string) => auth.call('POST', '/auth/login', { body: { email, password } })
const audited = (userId: string, type: string) =>
  rows(sql`select actor, details from audit_log where user_id = ${userId} and type = ${type}`)
const endings = (userId: string) => rows(sql`select ended_reason from sessions where user_id = ${userId} order by created_at, id`)
const revoked = (subject: string) => rows(sql`select kind from revocations where subject = ${subject}`)
const forgot = async (email: string) => (await auth.call('POST', '/auth/password/forgot', { body: { email } })).statusCode
const reset = (token: string, password: string) => auth.call('POST', '/auth/password/reset', { body: { token, password } })
const invalidLink = { status: 422, slug: 'invalid-link', pointers: [] }

/** The session that an access token names. */
function sessionOf(token: string): string {
  const claims: { sid?: string } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
  return claims.sid ?? 'none'
}

async function newcomer() {
  const { user, access_token: token } = await auth.register()
  const { source } = await smtp.nextTo(user.email)
  return { user, source, sessionId: sessionOf(token), as: { ...asUser(user.id), sessionId: sessionOf(token) } }
}

describe('changing my password', () => {
  const change = (as: ReturnType<typeof asUser>, currentPassword: string, password: string) =>
    auth.call('POST', '/users/me/password', { as, body: { currentPassword, newPassword: password } })

  test('the new one works and the old one does not; other sessions end, this one stays; it is told, audited and mailed', async () => {
    const { user, as, sessionId } = await newcomer()
    const other = sessionOf((await logIn(user.email, goodPassword)).json().access_token)
    expect((await change(as, goodPassword, newPassword)).statusCode).toBe(204)
    expect(await endings(user.id)).toEqual([{ ended_reason: null }, { ended_reason: 'password-changed' }])
    expect([await revoked(other), await revoked(sessionId)]).toEqual([[{ kind: 'session' }], []])
    expect(await audited(user.id, 'password.changed')).toEqual([{ actor: user.id, details: { sessions: 1 } }])
    const notice = await smtp.nextTo(user.email)
    expect(notice.source).toContain('Subject: Your password was changed')
    expect(tokenIn(notice)).toBe('none')
    expect((await logIn(user.email, goodPassword)).statusCode).toBe(401)
    expect((await logIn(user.email, newPassword)).statusCode).toBe(200)
  })

  test('422 for a wrong one, counted as a failed login, until the wait of one who guesses', async () => {
    const { user, as } = await newcomer()
    // From where nobody has signed in before.
    const guess = () =>
      auth.call('POST', '/users/me/password', {
        as,
        body: { currentPassword: 'not the password', newPassword },
        headers: { 'x-forwarded-for': '203.0.113.9' },
      })
    expect(readProblem(await guess())).toEqual({ status: 422, slug: 'wrong-password', pointers: [] })
    const slugs = new Set<string>()
    for (let tries = 0; tries < 8; tries += 1) slugs.add(readProblem(await guess()).slug)
    expect(slugs).toEqual(new Set(['wrong-password', 'login-throttled']))
    const failures = await audited(user.id, 'login.failed')
    expect(failures[0]).toMatchObject({ details: { reason: 'wrong-password' } })
    expect((await change(as, goodPassword, newPassword)).statusCode).toBe(204)
  })

  test('400 for one that is weak, the same, or the address', async () => {
    const { user, as } = await newcomer()
    for (const password of ['short', 'password123', goodPassword, user.email.toUpperCase()]) {
      const refused = readProblem(await change(as, goodPassword, password))
      expect(refused, password).toEqual({ status: 400, slug: 'invalid-request', pointers: ['#/newPassword'] })
    }
  })

  test('of two changes at once one counts', async () => {
    const { as, user } = await newcomer()
    const passwords = [`${newPassword} 1`, `${newPassword} 2`] as const
    const answers = await Promise.all(passwords.map((password) => change(as, goodPassword, password)))
    expect(answers.map(({ statusCode }) => statusCode).toSorted()).toEqual([204, 422])
    const logins = await Promise.all(passwords.map(async (password) => (await logIn(user.email, password)).statusCode))
    expect(logins).toEqual(answers.map(({ statusCode }) => (statusCode === 204 ? 200 : 401)))
  })

  test('401 for a user who was deactivated', async () => {
    const { user, as } = await newcomer()
    await rows(sql`update users set active = false where id = ${user.id}`)
    expect(readProblem(await change(as, goodPassword, newPassword))).toMatchObject({ status: 401, slug: 'invalid-token' })
  })
})

describe('a forgotten password', () => {
  test('one answer for every address; who has an account gets a link that works once and ends every session', async () => {
    const { user, sessionId } = await newcomer()
    expect([await forgot(user.email.toUpperCase()), await forgot('nobody@example.com')]).toEqual([202, 202])
    const mail = await smtp.nextTo(user.email)
    await expect.poll(() => rows(sql`select email from mails_to_send`)).toEqual([])
    expect(smtp.recipients).not.toContain('nobody@example.com')
    expect(await audited(user.id, 'password.reset-requested')).toEqual([{ actor: null, details: {} }])
    const answers = await Promise.all([1, 2, 3].map((number) => reset(tokenIn(mail), `${newPassword} ${number}`)))
    const statuses = answers.map(({ statusCode }) => statusCode)
    expect(statuses.toSorted()).toEqual([204, 422, 422])
    expect(await endings(user.id)).toEqual([{ ended_reason: 'password-reset' }])
    expect(await revoked(sessionId)).toEqual([{ kind: 'session' }])
    expect(await audited(user.id, 'password.reset')).toEqual([{ actor: user.id, details: { sessions: 1 } }])
    expect((await logIn(user.email, goodPassword)).statusCode).toBe(401)
    const session = await logIn(user.email, `${newPassword} ${statuses.indexOf(204) + 1}`)
    expect(session.json()).toMatchObject({ user: { emailVerifiedAt: expect.stringMatching(/^\d{4}-/u) } })
    expect((await smtp.nextTo(user.email)).source).toContain('Subject: Your password was changed')
  })

  test('the link dies with its time, with a changed password, and with the account', async () => {
    const changes = [
      (id: string) => rows(sql`update one_time_links set expires_at = now() where user_id = ${id} and purpose = 'reset-password'`),
      (id: string) => auth.call('POST', '/users/me/password', { as: asUser(id), body: { currentPassword: goodPassword, newPassword } }),
      (id: string) => rows(sql`update users set active = false where id = ${id}`),
    ]
    for (const kill of changes) {
      const { user } = await newcomer()
      await forgot(user.email)
      const mail = await smtp.nextTo(user.email)
      await kill(user.id)
      expect(readProblem(await reset(tokenIn(mail), `${newPassword} again`))).toEqual(invalidLink)
    }
  })

  test('a deactivated account gets no mail, and a refused password leaves the link as it is', async () => {
    const { user } = await newcomer()
    const { user: other } = await newcomer()
    await rows(sql`update users set active = false where id = ${other.id}`)
    await forgot(other.email)
    await forgot(user.email)
    const mail = await smtp.nextTo(user.email)
    await expect.poll(() => rows(sql`select email from mails_to_send`)).toEqual([])
    expect(smtp.recipients.filter((to) => to === other.email)).toHaveLength(1)
    const token = tokenIn(mail)
    expect(readProblem(await reset(token, 'password123'))).toMatchObject({ status: 400, pointers: ['#/password'] })
    expect(readProblem(await reset(token, user.email))).toMatchObject({ status: 400, pointers: ['#/password'] })
    expect((await reset(token, newPassword)).statusCode).toBe(204)
  })

  test('guesses of tokens are audited and slowed down by address', async () => {
    const guess = () =>
      auth.call('POST', '/auth/password/reset', {
        body: { token: 'a guess', password: newPassword },
        headers: { 'x-forwarded-for': '203.0.113.77' },
      })
    const slugs: string[] = []
    for (let tries = 0; tries < 25; tries += 1) slugs.push(readProblem(await guess()).slug)
    expect(new Set(slugs.slice(0, 20))).toEqual(new Set(['invalid-link']))
    expect(slugs).toContain('login-throttled')
  })

  test('503 when too many mails wait, known address or not', async () => {
    await rows(sql`insert into mails_to_send (kind, email, nonce, due_at)
      select 'reset-password', 'flood' || n || '@example.com', 'x', now() + interval '1 hour' from generate_series(1, 10000) as n`)
    const { user } = await auth.register()
    expect([await forgot(user.email), await forgot('nobody@example.com')]).toEqual([503, 503])
    await rows(sql`delete from mails_to_send where email like 'flood%'`)
    expect(await forgot(user.email)).toBe(202)
  })
})
