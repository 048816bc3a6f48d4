import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditList } from '../src/audit/audit-schemas.ts'
import { UserRepository } from '../src/users/user-repository.ts'
import { userView, type UserView } from '../src/users/user-schemas.ts'
import { asUser, goodPassword, readProblem, startAuth, type AuthFixture, type Call } from './auth-fixture.ts'

let auth: AuthFixture
let users: UserRepository
beforeAll(async () => {
  auth = await startAuth()
  users = new UserRepository(auth.database)
})
afterAll(() => auth.stop())

const admin = asUser(randomUUID(), ['admin'])
const ask = (method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, call: Call = {}) =>
  auth.call(method, path, { as: admin, ...call })
const newUser = (more: object = {}) => ({
  email: `${randomUUID()}@example.com`,
  password: goodPassword,
  fullName: 'Grace Hopper',
  ...more,
})
const logIn = (email: string) => auth.call('POST', '/auth/login', { body: { email, password: goodPassword } })

async function create(more: object = {}): Promise<UserView> {
  return userView.parse((await ask('POST', '/users', { body: newUser(more) })).json())
}

/** Types of what was recorded of a user, the newest first. */
async function recorded(userId: string): Promise<string[]> {
  const { items } = auditList.parse((await ask('GET', `/users/${userId}/audit`)).json())
  return items.map(({ type }) => type)
}

async function told(userId: string): Promise<unknown[]> {
  return auth.database.execute(sql`select type, sequence, data from outbox where subject = ${userId} order by id`)
}

async function revoked(userId: string): Promise<number> {
  return (await auth.database.execute(sql`select 1 from revocations where kind = 'user' and subject = ${userId}`)).length
}

describe('POST /users', () => {
  test('201 for an account with its roles, which others are told of, and which is asked to verify its address', async () => {
    const body = newUser({ email: ' Grace@Example.com ', username: 'grace', roles: ['staff', 'customer'] })
    const answer = await ask('POST', '/users', { body })
    const user = userView.parse(answer.json())
    expect(answer.statusCode).toBe(201)
    expect(answer.headers).toMatchObject({ location: `/users/${user.id}`, etag: '"1"' })
    expect(user).toMatchObject({ email: 'grace@example.com', username: 'grace', roles: ['staff', 'customer'], active: true })
    expect((await logIn('grace@example.com')).statusCode).toBe(200)
    expect(await told(user.id)).toMatchObject([{ type: 'user.registered', sequence: 1, data: { userId: user.id, active: true } }])
    expect(await recorded(user.id)).toEqual(expect.arrayContaining(['user.created']))
    expect(await auth.database.execute(sql`select kind from mails_to_send where email = 'grace@example.com'`)).toEqual([
      { kind: 'verify-email' },
    ])
  })

  test('201 for a customer unless said otherwise, also for one who is not active yet', async () => {
    const user = await create({ active: false })
    expect(user).toMatchObject({ roles: ['customer'], active: false })
    expect((await logIn(user.email)).statusCode).toBe(401)
    expect(await told(user.id)).toMatchObject([{ type: 'user.registered', data: { active: false } }])
  })

  test('409 naming the address and the name, both at once and in any letter case', async () => {
    const { email } = await create({ username: 'Ada.L' })
    const refused = await ask('POST', '/users', { body: newUser({ email: email.toUpperCase(), username: 'ADA.l' }) })
    expect(readProblem(refused)).toEqual({ status: 409, slug: 'conflict', pointers: ['#/email', '#/username'] })
  })

  test.each([
    ['no role', { roles: [] }, '#/roles'],
    ['a role twice', { roles: ['staff', 'staff'] }, '#/roles'],
    ['an unknown role', { roles: ['root'] }, '#/roles/0'],
    ['a common password', { password: 'password123' }, '#/password'],
    ['an id of their own', { id: randomUUID() }, '#/id'],
  ])('400 for %s', async (_name, more, pointer) => {
    const refused = await ask('POST', '/users', { body: newUser(more) })
    expect(readProblem(refused)).toEqual({ status: 400, slug: 'invalid-request', pointers: [pointer] })
  })

  test('two creations of one address at once, by administrators or by registering: one 201, one 409 naming the e-mail, 100 times', async () => {
    for (let round = 0; round < 100; round++) {
      const email = `race-${round}@example.com`
      const both = await Promise.all([
        ask('POST', '/users', { body: newUser({ email }) }),
        auth.call('POST', round % 2 === 0 ? '/users' : '/auth/register', { as: admin, body: newUser({ email: email.toUpperCase() }) }),
      ])
      const [made, refused] = both.toSorted((one, other) => one.statusCode - other.statusCode)
      expect(made?.statusCode).toBe(201)
      expect(refused && readProblem(refused)).toEqual({ status: 409, slug: 'conflict', pointers: ['#/email'] })
    }
    expect(await users.count({ email: { startsWith: 'race-' } })).toBe(100)
  })
})

describe('PUT and PATCH /users/{id}', () => {
  const change = (method: 'PUT' | 'PATCH', { id, version }: UserView, body: object) =>
    ask(method, `/users/${id}`, { body, headers: { 'if-match': `"${version}"` } })

  test('PATCH changes what it names, null clears, and a new address is not verified', async () => {
    const user = await create({ username: 'patched', phoneNumber: '+44 20 7946 0000' })
    await users.update(user.id, { emailVerifiedAt: new Date() })
    const kept = await change('PATCH', { ...user, version: 2 }, { fullName: 'Grace M. Hopper', phoneNumber: null })
    expect(kept.json()).toMatchObject({ fullName: 'Grace M. Hopper', phoneNumber: null, username: 'patched', version: 3 })
    expect(kept.json()).toMatchObject({ emailVerifiedAt: expect.any(String) })
    const email = `${randomUUID()}@example.com`
    const moved = await change('PATCH', { ...user, version: 3 }, { email })
    expect(moved.json()).toMatchObject({ email, emailVerifiedAt: null, fullName: 'Grace M. Hopper' })
    expect(await recorded(user.id)).toEqual(expect.arrayContaining(['user.updated', 'user.updated', 'user.created']))
  })

  test('PUT replaces: what is left out is cleared', async () => {
    const user = await create({ username: 'replaced', phoneNumber: '+44 20 7946 0000' })
    const answer = await change('PUT', user, { email: user.email, fullName: 'Grace', phoneNumber: '123456' })
    expect(answer.headers['etag']).toBe('"2"')
    expect(answer.json()).toMatchObject({ fullName: 'Grace', username: null, phoneNumber: '123456' })
  })

  test.each(['PUT', 'PATCH'] as const)('%s: 428 without If-Match, 412 for an old version, 409 for a taken address, 404', async (method) => {
    const [user, other] = [await create(), await create()]
    const body = { email: user.email, fullName: 'Grace' }
    expect(readProblem(await ask(method, `/users/${user.id}`, { body }))).toMatchObject({ slug: 'precondition-required' })
    expect(readProblem(await change(method, { ...user, version: 9 }, body))).toMatchObject({ slug: 'stale-version' })
    const taken = await change(method, user, { ...body, email: other.email })
    expect(readProblem(taken)).toEqual({ status: 409, slug: 'conflict', pointers: ['#/email'] })
    expect(readProblem(await change(method, { ...user, id: randomUUID() }, body))).toMatchObject({ status: 404 })
    for (const field of ['roles', 'active', 'passwordHash'])
      expect(readProblem(await change(method, user, { ...body, [field]: true }))).toMatchObject({ status: 400, pointers: [`#/${field}`] })
  })
})

describe('PUT /users/{id}/roles', () => {
  test('200 with the new roles; tokens of before are revoked, and it is told and recorded once', async () => {
    const user = await create()
    const give = (roles: string[]) => ask('PUT', `/users/${user.id}/roles`, { body: { roles } })
    expect((await give(['staff', 'customer'])).json()).toMatchObject({ roles: ['staff', 'customer'], version: 2 })
    expect((await give(['customer', 'staff'])).json()).toMatchObject({ version: 2 })
    expect(await revoked(user.id)).toBe(1)
    expect((await recorded(user.id)).filter((type) => type === 'user.roles-changed')).toHaveLength(1)
    expect(readProblem(await give([]))).toMatchObject({ status: 400, pointers: ['#/roles'] })
    expect(readProblem(await ask('PUT', `/users/${randomUUID()}/roles`, { body: { roles: ['staff'] } }))).toMatchObject({ status: 404 })
  })
})

describe('DELETE /users/{id} and POST /users/{id}/restore', () => {
  test('a deleted user is gone for everybody, their sessions end, and they come back as they were', async () => {
    const { user } = await auth.register({ username: 'leaves' })
    const deletion = await ask('DELETE', `/users/${user.id}`)
    expect([deletion.statusCode, deletion.body]).toEqual([204, ''])
    expect((await logIn(user.email)).statusCode).toBe(401)
    for (const path of [`/users/${user.id}`, `/users/by-email/${user.email}`])
      expect(readProblem(await ask('GET', path))).toMatchObject({ status: 404 })
    expect(readProblem(await ask('DELETE', `/users/${user.id}`))).toMatchObject({ status: 404 })
    const ended = await auth.database.execute(sql`select ended_reason from sessions where user_id = ${user.id}`)
    expect(ended).toEqual([{ ended_reason: 'user-deleted' }])
    expect(await revoked(user.id)).toBe(1)
    const restored = await ask('POST', `/users/${user.id}/restore`)
    expect(restored.headers['etag']).toBe('"3"')
    expect(restored.json()).toMatchObject({ id: user.id, email: user.email, username: 'leaves', active: true })
    expect((await logIn(user.email)).statusCode).toBe(200)
    expect(await told(user.id)).toMatchObject([
      { type: 'user.registered', sequence: 1 },
      { type: 'user.deleted', sequence: 2, data: { userId: user.id } },
      { type: 'user.activated', sequence: 3 },
    ])
    expect(await recorded(user.id)).toEqual(expect.arrayContaining(['user.restored', 'user.deleted', 'user.registered']))
  })

  test('restoring: 409 when the address was taken since, 404 for a user who is there', async () => {
    const user = await create()
    expect(readProblem(await ask('POST', `/users/${user.id}/restore`))).toMatchObject({ status: 404, slug: 'not-found' })
    await ask('DELETE', `/users/${user.id}`)
    await create({ email: user.email })
    const refused = await ask('POST', `/users/${user.id}/restore`)
    expect(readProblem(refused)).toEqual({ status: 409, slug: 'conflict', pointers: ['#/email'] })
  })
})

describe('the last administrator', () => {
  const remove = {
    deactivate: (id: string) => ask('POST', `/users/${id}/deactivate`),
    delete: (id: string) => ask('DELETE', `/users/${id}`),
    demote: (id: string) => ask('PUT', `/users/${id}/roles`, { body: { roles: ['staff'] } }),
  }
  const ways = [remove.deactivate, remove.delete, remove.demote]

  test('409 for deactivating, deleting and demoting them; others may go', async () => {
    const [first, last] = [await create({ roles: ['admin'] }), await create({ roles: ['admin', 'staff'] })]
    await create({ roles: ['admin'], active: false })
    expect((await remove.demote(first.id)).statusCode).toBe(200)
    for (const way of ways) expect(readProblem(await way(last.id))).toMatchObject({ status: 409, slug: 'last-admin' })
    expect((await users.findAdmins()).map(({ id }) => id)).toEqual([last.id])
    expect((await ask('PUT', `/users/${last.id}/roles`, { body: { roles: ['admin'] } })).statusCode).toBe(200)
  })

  test('of two administrators who remove each other at once, in any two ways, one stays', async () => {
    for (const one of ways)
      for (const other of ways) {
        const [last] = await users.findAdmins()
        const { id } = await create({ roles: ['admin'] })
        const answers = await Promise.all([one(id), other(last?.id ?? '')])
        expect(answers.filter(({ statusCode }) => statusCode < 300)).toHaveLength(1)
        expect(answers.filter(({ statusCode }) => statusCode === 409)).toHaveLength(1)
        expect(await users.findAdmins()).toHaveLength(1)
      }
  })
})

describe('every route for administrators', () => {
  test.each([
    ['GET', '/users'],
    ['POST', '/users'],
    ['GET', '/users/{id}'],
    ['GET', '/users/by-email/ada@example.com'],
    ['PUT', '/users/{id}'],
    ['PATCH', '/users/{id}'],
    ['DELETE', '/users/{id}'],
    ['POST', '/users/{id}/restore'],
    ['PUT', '/users/{id}/roles'],
  ] as const)('%s %s: 403 for customers, staff and services, 401 for anybody else', async (method, path) => {
    const at = path.replace('{id}', randomUUID())
    const service = { kind: 'service', name: 'orders' } as const
    for (const as of [asUser(randomUUID()), asUser(randomUUID(), ['staff']), service])
      expect(readProblem(await ask(method, at, { as, body: {} }))).toMatchObject({ status: 403, slug: 'forbidden' })
    expect(readProblem(await ask(method, at, { as: { kind: 'anonymous' }, body: {} }))).toMatchObject({ status: 401 })
  })
})
