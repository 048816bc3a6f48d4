import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { session } from '../src/sessions/session-schemas.ts'
import { UserRepository } from '../src/users/user-repository.ts'
import { callService, goodPassword, readProblem, startAuth, type AuthFixture } from './auth-fixture.ts'

let auth: AuthFixture
let users: UserRepository
beforeAll(async () => {
  auth = await startAuth()
  users = new UserRepository(auth.database)
})
afterAll(() => auth.stop())

const logIn = (email: string, password: string) => auth.call('POST', '/auth/login', { body: { email, password } })

/** The body of a problem but for the trace id, which is another for each request. */
const withoutTrace = (body: string): string => body.replace(/"traceId":"[^"]*"/u, '')

describe('POST /auth/login', () => {
  test('200 with a token and the user, who has logged in now', async () => {
    const { user } = await auth.register()
    const response = await logIn(user.email.toUpperCase(), goodPassword)
    expect(response.statusCode).toBe(200)
    expect(response.headers['cache-control']).toBe('no-store')
    const opened = session.parse(response.json())
    expect(opened).toMatchObject({ token_type: 'Bearer', expires_in: 1_800, user: { id: user.id, version: 1 } })
    const { lastLoginAt } = await users.get(user.id)
    expect(Math.abs(Date.now() - (lastLoginAt?.getTime() ?? 0))).toBeLessThan(60_000)
  })

  test('200 for a password typed in another Unicode composition', async () => {
    const { user } = await auth.register({ password: 'café au lait'.normalize('NFC') })
    expect((await logIn(user.email, 'café au lait'.normalize('NFD'))).statusCode).toBe(200)
  })

  test('401 with the same bytes for a wrong password, an unknown address, a deactivated and a deleted account', async () => {
    const [known, inactive, deleted] = [await auth.register(), await auth.register(), await auth.register()]
    await users.deactivate(inactive.user.id)
    await users.delete(deleted.user.id)
    const refusals = [
      await logIn(known.user.email, 'not the password'),
      await logIn('nobody@example.com', goodPassword),
      await logIn(inactive.user.email, goodPassword),
      await logIn(deleted.user.email, goodPassword),
    ]
    for (const refusal of refusals) expect(readProblem(refusal)).toEqual({ status: 401, slug: 'invalid-credentials', pointers: [] })
    expect(new Set(refusals.map((refusal) => withoutTrace(refusal.body))).size).toBe(1)
    expect(new Set(refusals.map((refusal) => Object.keys(refusal.headers).sort().join())).size).toBe(1)
  })

  test('401 when the stored hash is damaged, and the log names the account', async () => {
    const { user } = await auth.register()
    await users.updatePassword(user.id, { passwordHash: '$argon2id$broken', previousHash: (await users.get(user.id)).passwordHash })
    expect(readProblem(await logIn(user.email, goodPassword))).toMatchObject({ status: 401, slug: 'invalid-credentials' })
    expect(auth.logs()).toMatch(new RegExp(`"userId":"${user.id}".*the stored password hash is damaged`, 'u'))
  })

  test('a hash of another cost is replaced at login, and the new one works', async () => {
    const { user } = await auth.register()
    const stronger = await auth.replica({ ARGON2_TIME: '2' })
    const before = await users.get(user.id)
    const body = { email: user.email, password: goodPassword }
    expect((await callService(stronger, 'POST', '/auth/login', { body })).statusCode).toBe(200)
    const after = await users.get(user.id)
    expect(before.passwordHash).toContain('t=1')
    expect(after.passwordHash).toContain('t=2')
    expect(after.version).toBe(before.version)
    expect((await callService(stronger, 'POST', '/auth/login', { body })).statusCode).toBe(200)
    expect((await users.get(user.id)).passwordHash).toBe(after.passwordHash)
  })

  test('a rehash does not undo a password change that came between', async () => {
    const { user } = await auth.register()
    const isReplaced = await users.updatePassword(user.id, { passwordHash: 'new', previousHash: 'not the one stored' })
    expect(isReplaced).toBe(false)
  })

  test.each([
    ['no password', { email: 'ada@example.com' }],
    ['an operator as password', { email: 'ada@example.com', password: { $gt: '' } }],
    ['an unknown field', { email: 'ada@example.com', password: 'x', remember: true }],
    ['a list', ['ada@example.com']],
  ])('400 for %s', async (_name, body) => {
    expect(readProblem(await auth.call('POST', '/auth/login', { body }))).toMatchObject({ status: 400, slug: 'invalid-request' })
  })

  test('401 without a signed identity', async () => {
    const headers = { 'x-polystore-identity': 'not.a.token' }
    const response = await auth.call('POST', '/auth/login', { body: {}, headers })
    expect(readProblem(response)).toMatchObject({ status: 401, slug: 'not-through-gateway' })
  })

  test('405 with Allow for GET, 415 for a form', async () => {
    const get = await auth.call('GET', '/auth/login')
    expect(readProblem(get)).toMatchObject({ status: 405, slug: 'method-not-allowed' })
    expect(get.headers['allow']).toBe('POST')
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    expect(readProblem(await auth.call('POST', '/auth/login', { body: 'email=x', headers })).status).toBe(415)
  })
})
