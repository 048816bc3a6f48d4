import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditList, type AuditView } from '../src/audit/audit-schemas.ts'
import { UserRepository } from '../src/users/user-repository.ts'
import { asUser, goodPassword, readProblem, startAuth, type AuthFixture } from './auth-fixture.ts'

let auth: AuthFixture
beforeAll(async () => {
  auth = await startAuth()
})
afterAll(() => auth.stop())

const admin = asUser(randomUUID(), ['admin'])
const wrongPassword = 'a secret that was mistyped'
const list = async (path: string) => auditList.parse((await auth.call('GET', path, { as: admin })).json())
const logIn = (email: string, password: string, headers: Readonly<Record<string, string>> = {}) =>
  auth.call('POST', '/auth/login', { body: { email, password }, headers })

/** A user whose account has seen a registration, five wrong passwords and a login, oldest first. */
async function eventfulUser(): Promise<{ id: string; email: string; events: AuditView[] }> {
  const { user } = await auth.register()
  const elsewhere = { 'x-forwarded-for': '203.0.113.9', 'user-agent': 'curl/8 '.padEnd(600, 'x') }
  for (let at = 0; at < 5; at++) await logIn(user.email, wrongPassword, elsewhere)
  expect((await logIn(user.email, goodPassword)).statusCode).toBe(200)
  const { items } = await list(`/users/${user.id}/audit?limit=100`)
  return { id: user.id, email: user.email, events: items.toReversed() }
}

describe('the audit log', () => {
  test('says who did what, when and from where, and no secret', async () => {
    const { id, email, events } = await eventfulUser()
    const told = events.filter(({ type }) => type.startsWith('login.') || type === 'user.registered')
    expect(told.map(({ type }) => type)).toEqual([
      'user.registered',
      ...Array.from({ length: 5 }, () => 'login.failed'),
      'login.throttled',
      'login.succeeded',
    ])
    const stranger = { userId: id, actor: null, address: '203.0.113.9', userAgent: 'curl/8 '.padEnd(500, 'x') }
    expect(told[0]).toMatchObject({ userId: id, actor: id, address: '127.0.0.1' })
    expect(told[1]).toMatchObject({ ...stranger, details: { reason: 'wrong-password' } })
    expect(told[6]).toMatchObject({ ...stranger, details: { by: 'account', seconds: 1 } })
    expect(told[7]).toMatchObject({ userId: id, actor: id })
    const whole = JSON.stringify(await auth.database.execute(sql`select * from audit_log`))
    for (const secret of [wrongPassword, goodPassword, email, 'argon2']) expect(whole).not.toContain(secret)
  })

  test('of an unknown account it keeps that somebody tried, not what was typed', async () => {
    const { items: before } = await list('/audit?limit=1')
    await logIn('typed.a.password@example.com', wrongPassword)
    const { items } = await list('/audit?type=login.failed&limit=1')
    expect(items[0]).toMatchObject({ userId: null, actor: null, details: { reason: 'unknown-account' } })
    expect(items[0]?.id).toBeGreaterThan(before[0]?.id ?? 0)
    expect(JSON.stringify(items)).not.toContain('typed')
  })

  test('filters by type, account, actor and time, newest first, in pages', async () => {
    const { id, events } = await eventfulUser()
    const ids = (found: readonly AuditView[]): number[] => found.map((event) => event.id)
    const newestFirst = ids(events).toReversed()
    const walked: number[] = []
    for (let path: string | undefined = `/audit?userId=${id}&limit=3`; path !== undefined;) {
      const { items, next }: { items: AuditView[]; next?: string | undefined } = await list(path)
      walked.push(...ids(items))
      path = next === undefined ? undefined : `/audit?userId=${id}&limit=3&cursor=${encodeURIComponent(next)}`
    }
    expect(walked).toEqual(newestFirst)
    const own = events.filter(({ actor }) => actor === id)
    expect(ids((await list(`/users/${id}/audit?actor=${id}`)).items).toReversed()).toEqual(ids(own))
    expect((await list(`/audit?userId=${id}&type[in]=login.throttled,login.succeeded`)).items.map(({ type }) => type)).toEqual([
      'login.succeeded',
      'login.throttled',
    ])
    const [at, last] = [events[2]?.at ?? '', events.at(-1)?.at ?? '']
    const within = events.filter((event) => event.at >= at && event.at < last)
    expect(ids((await list(`/users/${id}/audit?from=${at}&to=${last}`)).items).toReversed()).toEqual(ids(within))
  })

  test('outlives the account, and knows nothing of one that never was', async () => {
    const { user } = await auth.register()
    await new UserRepository(auth.database).delete(user.id)
    expect((await list(`/users/${user.id}/audit`)).items.length).toBeGreaterThan(0)
    expect((await list(`/users/${randomUUID()}/audit`)).items).toEqual([])
  })

  test('403 for a customer and for staff, 401 for an anonymous caller', async () => {
    const { user } = await auth.register()
    for (const path of ['/audit', `/users/${user.id}/audit`]) {
      for (const as of [asUser(user.id), asUser(user.id, ['staff'])])
        expect(readProblem(await auth.call('GET', path, { as }))).toMatchObject({ status: 403, slug: 'forbidden' })
      expect(readProblem(await auth.call('GET', path))).toMatchObject({ status: 401, slug: 'unauthenticated' })
    }
  })

  test.each(['type=nothing', 'limit=101', 'userId=zz', 'from=yesterday', 'sort=-at', 'q=x', 'cursor=forged'])(
    '400 for ?%s',
    async (query) => {
      expect(readProblem(await auth.call('GET', `/audit?${query}`, { as: admin })).status).toBe(400)
    },
  )

  test.each([
    ['changed', sql`update audit_log set type = 'login.succeeded'`],
    ['deleted', sql`delete from audit_log`],
    ['emptied', sql`truncate audit_log`],
  ])('cannot be %s', async (_name, statement) => {
    await auth.register()
    await expect(auth.database.execute(statement)).rejects.toThrow()
    expect((await list('/audit?limit=1')).items).toHaveLength(1)
  })

  test('what cannot be audited does not happen', async () => {
    await auth.database.execute(sql`alter table audit_log rename to audit_log_elsewhere`)
    const body = { email: 'unseen@example.com', password: goodPassword, fullName: 'Nobody' }
    const refused = await auth.call('POST', '/auth/register', { body })
    await auth.database.execute(sql`alter table audit_log_elsewhere rename to audit_log`)
    expect(readProblem(refused).status).toBe(500)
    expect(await new UserRepository(auth.database).findByEmail('unseen@example.com')).toBeUndefined()
  })
})
