import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asUser, goodPassword, readProblem, startAuth, testEnvironment, type AuthFixture } from './auth-fixture.ts'
import { runProgram } from './run-program.ts'

let auth: AuthFixture
beforeAll(async () => {
  auth = await startAuth()
})
afterAll(() => auth.stop())

const admin = asUser(randomUUID(), ['admin'])

/** What waits for its subscribers, of one user or of all, in the order of writing. */
function waiting(userId?: string) {
  const subject = userId === undefined ? sql`` : sql`where subject = ${userId}`
  return auth.database.execute(sql`select subscriber, type, subject, sequence, data, traceparent from outbox ${subject} order by id`)
}

describe('what others are told of users', () => {
  test('a registration, each change, activation, deactivation and new password, by version, and nothing that changes nothing', async () => {
    const { user } = await auth.register()
    for (const verb of ['activate', 'deactivate', 'deactivate', 'activate'])
      expect((await auth.call('POST', `/users/${user.id}/${verb}`, { as: admin })).statusCode).toBe(200)
    const change = { fullName: 'Ada King' }
    await auth.call('PATCH', '/users/me', { as: asUser(user.id), body: change, headers: { 'if-match': '"3"' } })
    const passwords = { currentPassword: goodPassword, newPassword: `${goodPassword} again` }
    expect((await auth.call('POST', '/users/me/password', { as: asUser(user.id), body: passwords })).statusCode).toBe(204)
    await auth.call('POST', `/users/${user.id}/deactivate`, { as: admin })
    const told = { subscriber: 'orders', subject: user.id, data: { userId: user.id } }
    expect(await waiting(user.id)).toMatchObject([
      { ...told, type: 'user.registered', sequence: 1, data: { userId: user.id, active: true } },
      { ...told, type: 'user.deactivated', sequence: 2 },
      { ...told, type: 'user.activated', sequence: 3 },
      { ...told, type: 'user.updated', sequence: 4, data: { userId: user.id, active: true } },
      { ...told, type: 'user.password_changed', sequence: 5, data: { userId: user.id, active: true } },
      { ...told, type: 'user.deactivated', sequence: 6 },
    ])
  })

  test('an event carries the trace of the request that caused it', async () => {
    const traceId = randomUUID().replaceAll('-', '')
    const body = { email: `${randomUUID()}@example.com`, password: goodPassword, fullName: 'Ada Lovelace' }
    const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` }
    const answer = await auth.call('POST', '/auth/register', { body, headers })
    const [told] = await waiting(answer.json<{ user: { id: string } }>().user.id)
    expect(told?.['traceparent']).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`, 'u'))
  })

  test('a refused registration tells nobody, and what cannot be told does not happen', async () => {
    const { user } = await auth.register()
    const before = await waiting()
    const again = { email: user.email, password: goodPassword, fullName: 'Somebody else' }
    expect((await auth.call('POST', '/auth/register', { body: again })).statusCode).toBe(409)
    expect(await waiting()).toEqual(before)
    await auth.database.execute(sql`alter table outbox rename to outbox_elsewhere`)
    const refused = await auth.call('POST', `/users/${user.id}/deactivate`, { as: admin })
    await auth.database.execute(sql`alter table outbox_elsewhere rename to outbox`)
    expect(readProblem(refused)).toMatchObject({ status: 500 })
    expect((await auth.call('GET', '/users/me', { as: asUser(user.id) })).json()).toMatchObject({ active: true, version: 1 })
  })

  test('the demo users of the seed are told of as well', async () => {
    const { code } = await runProgram('seed.ts', { ...testEnvironment(auth.url), SEED_DEMO_PASSWORD: 'a seed password for tests' })
    expect(code).toBe(0)
    const told = await waiting()
    expect(told.slice(-2)).toMatchObject([{ type: 'user.registered' }, { type: 'user.registered' }])
  })

  test('staff sees at /health how much waits', async () => {
    const health = await auth.call('GET', '/health', { as: asUser(randomUUID(), ['staff']) })
    expect(health.json()).toMatchObject({
      checks: { outbox: { ok: true, waiting: { orders: { waiting: expect.any(Number), oldestSeconds: expect.any(Number) } } } },
    })
  })
})
