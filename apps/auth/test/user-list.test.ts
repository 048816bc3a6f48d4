import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { userPage, type UserPage } from '../src/users/user-admin-schemas.ts'
import { UserRepository } from '../src/users/user-repository.ts'
import type { UserRow } from '../src/users/user-table.ts'
import { asUser, readProblem, startAuth, type AuthFixture } from './auth-fixture.ts'

let auth: AuthFixture
let users: UserRepository
/** The newest first, as the list shows them. */
let everybody: UserRow[]
beforeAll(async () => {
  auth = await startAuth()
  users = new UserRepository(auth.database)
  await users.createMany([
    person('ada.lovelace@example.com', 'Ada Lovelace', { username: 'countess' }),
    person('grace@navy.example', 'Grace Brewster Murray Hopper', { roles: ['admin'] }),
    person('hopper@example.com', 'Edward Hopper', { active: false }),
    person('jose@example.com', 'José Ångström', { roles: ['admin', 'staff'] }),
    ...Array.from({ length: 20 }, (_, at) => person(`many-${String(at).padStart(2, '0')}@example.com`, `Many ${19 - at}`)),
    person('percent@example.com', '100% Person_x'),
  ])
  // Some share a moment, as those of one statement do.
  await auth.database.execute(sql`update users set created_at = timestamptz '2026-01-01Z' + interval '1 day' * (length(email) % 7)`)
  everybody = await users.list({
    orderBy: [
      { field: 'createdAt', direction: 'desc' },
      { field: 'id', direction: 'desc' },
    ],
  })
})
afterAll(() => auth.stop())

function person(email: string, fullName: string, more: Partial<Pick<UserRow, 'username' | 'roles' | 'active'>> = {}) {
  return { email, fullName, passwordHash: 'x', roles: ['customer' as const], ...more }
}

const admin = asUser(randomUUID(), ['admin'])
const ask = (query: string) => auth.call('GET', `/users${query}`, { as: admin })
const list = async (query: string): Promise<UserPage> => userPage.parse((await ask(query)).json())
const emails = ({ items }: { readonly items: readonly { readonly email: string }[] }) => items.map(({ email }) => email)
const found = async (query: string) => emails(await list(query)).toSorted()

describe('GET /users', () => {
  test.each([
    ['a word of a name', 'hopper', ['grace@navy.example', 'hopper@example.com']],
    ['words in any order and letter case', 'HOPPER grace', ['grace@navy.example']],
    ['letters beyond ASCII', 'ÅNGSTRÖM', ['jose@example.com']],
    ['a user name', 'Countess', ['ada.lovelace@example.com']],
    ['the beginning of an address', 'ADA.love', ['ada.lovelace@example.com']],
    ['a whole address', 'grace@navy.example', ['grace@navy.example']],
    ['a part of a word', 'oppe', []],
    ['an address from the middle', 'navy', []],
    ['a wildcard, which is none', 'per%25', []],
    ['an underscore, which is a letter', 'person_x', ['percent@example.com']],
    ['SQL', "x' or 1=1 --", []],
  ])('q finds %s', async (_name, q, expected) => {
    expect(await found(`?q=${q}`)).toEqual(expected)
  })

  test('active_only, created_after and q narrow together', async () => {
    expect(await found('?q=hopper&active_only=true')).toEqual(['grace@navy.example'])
    expect(await found('?active_only=true&limit=100')).toHaveLength(24)
    const moment = '2026-01-04T00:00:00Z'
    const later = everybody.filter(({ createdAt }) => createdAt > new Date(moment))
    expect(emails(await list(`?created_after=${moment}&limit=100`))).toEqual(emails({ items: later }))
  })

  test.each(['createdAt', '-createdAt', 'email', '-email', 'fullName', '-fullName'])(
    'sorted by %s, pages by cursor and by skip show everybody once, in one order, there and back',
    async (sort) => {
      const whole = emails(await list(`?sort=${sort}&limit=100`))
      expect(whole).toHaveLength(25)
      const bySkip: string[] = []
      for (let skip = 0; skip < 25; skip += 7) {
        const page = await list(`?sort=${sort}&limit=7&skip=${skip}`)
        expect(page.total).toBe(25)
        bySkip.push(...emails(page))
      }
      expect(bySkip).toEqual(whole)
      let page = await list(`?sort=${sort}&limit=10`)
      const forwards = emails(page)
      while (page.next !== undefined) {
        page = await list(`?sort=${sort}&limit=10&cursor=${page.next}`)
        forwards.push(...emails(page))
      }
      expect(forwards).toEqual(whole)
      expect(emails(await list(`?sort=${sort}&limit=10&cursor=${page.previous}`))).toEqual(whole.slice(10, 20))
    },
  )

  test('the newest come first, 20 of them, without what nobody may see', async () => {
    const page = await list('')
    expect(emails(page)).toEqual(emails({ items: everybody.slice(0, 20) }))
    expect(JSON.stringify(page)).not.toMatch(/passwordHash|deletedBy/u)
  })

  test('deleted users are shown when asked for, and only then', async () => {
    const gone = await users.create(person('gone@example.com', 'Gone Away'))
    await users.softDelete(gone.id)
    expect(await found('?q=gone')).toEqual([])
    expect(await found('?deleted=true')).toEqual(['gone@example.com'])
  })

  test.each([
    ['?limit=0', 'invalid-request'],
    ['?limit=101', 'invalid-request'],
    ['?skip=-1', 'invalid-request'],
    ['?skip=1&cursor=x', 'invalid-request'],
    ['?sort=passwordHash', 'invalid-request'],
    ['?sort=email,fullName', 'invalid-request'],
    ['?active_only=yes', 'invalid-request'],
    ['?created_after=yesterday', 'invalid-request'],
    ['?roles=admin', 'invalid-request'],
    ['?q=', 'invalid-request'],
    ['?q=.%25-', 'invalid-filter'],
    ['?cursor=x', 'invalid-cursor'],
  ])('400 for %s', async (query, slug) => {
    expect(readProblem(await ask(query))).toMatchObject({ status: 400, slug })
  })
})

describe('GET /users/{id} and /users/by-email/{email}', () => {
  test('200 with the user and their version, 404 for nobody, 400 for what is no id and no address', async () => {
    const [user] = everybody
    const byId = await ask(`/${user?.id}`)
    expect([byId.statusCode, byId.headers['etag']]).toEqual([200, '"1"'])
    expect((await ask(`/by-email/${user?.email.toUpperCase()}`)).json()).toEqual(byId.json())
    expect(readProblem(await ask(`/${randomUUID()}`))).toMatchObject({ status: 404, slug: 'not-found' })
    expect(readProblem(await ask('/by-email/nobody@example.com'))).toMatchObject({ status: 404, slug: 'not-found' })
    expect(readProblem(await ask('/7'))).toMatchObject({ status: 400, slug: 'invalid-request' })
    expect(readProblem(await ask('/by-email/nobody'))).toMatchObject({ status: 400, slug: 'invalid-request' })
  })
})

describe('what a repository of users finds', () => {
  test('one by address or name in any letter case, or NotFound', async () => {
    const ada = await users.getByEmail('Ada.Lovelace@Example.com')
    expect(await users.getByUsername('COUNTESS')).toEqual(ada)
    expect(await users.getActiveByEmail(ada.email)).toEqual(ada)
    await expect(users.getActiveByEmail('hopper@example.com')).rejects.toMatchObject({ code: 'not-found' })
    await expect(users.getByEmail('x@y.example')).rejects.toMatchObject({ code: 'not-found' })
    await expect(users.getByUsername('nobody')).rejects.toMatchObject({ code: 'not-found' })
    expect([await users.emailExists('ADA.lovelace@example.com'), await users.emailExists('x@y.example')]).toEqual([true, false])
    expect([await users.usernameExists('Countess'), await users.usernameExists('nobody')]).toEqual([true, false])
  })

  test('many by text, activity, time and role, and one with their sessions', async () => {
    expect(emails(await users.searchUsers('hopper')).toSorted()).toEqual(['grace@navy.example', 'hopper@example.com'])
    expect((await users.findActive()).items.every(({ active }) => active)).toBe(true)
    const [newest] = everybody
    expect((await users.createdAfter(newest?.createdAt ?? new Date(0))).items).toEqual([])
    expect(emails({ items: await users.findAdmins() }).toSorted()).toEqual(['grace@navy.example', 'jose@example.com'])
    const { user } = await auth.register()
    const { sessions, ...row } = await users.withSessions(user.id)
    expect(row).toEqual(await users.get(user.id))
    expect(sessions).toMatchObject([{ userId: user.id, endedAt: null }])
    expect((await users.withSessions(everybody[0]?.id ?? '')).sessions).toEqual([])
  })

  test('activation and profile are changes of a version, a login is none', async () => {
    const { id } = await users.create(person('changes@example.com', 'Changes'))
    expect(await users.deactivate(id)).toMatchObject({ active: false, version: 2 })
    expect(await users.activate(id)).toMatchObject({ active: true, version: 3 })
    expect(await users.updateProfile(id, { fullName: 'Changed' }, { version: 3 })).toMatchObject({ version: 4 })
    await users.updateLastLogin(id)
    expect(await users.get(id)).toMatchObject({ version: 4, lastLoginAt: expect.any(Date) })
    await expect(users.updateProfile(id, { fullName: 'Late' }, { version: 3 })).rejects.toMatchObject({ code: 'stale-version' })
  })
})
