import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { userView } from '../src/users/user-schemas.ts'
import { UserRepository } from '../src/users/user-repository.ts'
import { asUser, readProblem, startAuth, type AuthFixture } from './auth-fixture.ts'

let auth: AuthFixture
let users: UserRepository
beforeAll(async () => {
  auth = await startAuth()
  users = new UserRepository(auth.database)
})
afterAll(() => auth.stop())

const patchMe = (id: string, body: unknown, headers: Record<string, string> = { 'if-match': '"1"' }) =>
  auth.call('PATCH', '/users/me', { as: asUser(id), body, headers })

describe('GET /users/me', () => {
  test('200 with my profile and its ETag', async () => {
    const { user } = await auth.register()
    const response = await auth.call('GET', '/users/me', { as: asUser(user.id) })
    expect(response.statusCode).toBe(200)
    expect(response.headers['etag']).toBe('"1"')
    expect(userView.parse(response.json())).toEqual(user)
  })

  test('401 for an anonymous caller, with WWW-Authenticate', async () => {
    const response = await auth.call('GET', '/users/me')
    expect(readProblem(response)).toMatchObject({ status: 401, slug: 'unauthenticated' })
    expect(response.headers['www-authenticate']).toBe('Bearer')
  })

  test('401 for a live token of a deactivated, a deleted and an unknown user', async () => {
    const [inactive, deleted] = [await auth.register(), await auth.register()]
    await users.deactivate(inactive.user.id)
    await users.delete(deleted.user.id)
    for (const id of [inactive.user.id, deleted.user.id, randomUUID()]) {
      const response = await auth.call('GET', '/users/me', { as: asUser(id) })
      expect(readProblem(response)).toMatchObject({ status: 401, slug: 'invalid-token' })
    }
  })

  test('403 for a service, 400 for a token in the query, which is not logged', async () => {
    const service = await auth.call('GET', '/users/me', { as: { kind: 'service', name: 'orders' } })
    expect(readProblem(service)).toMatchObject({ status: 403, slug: 'forbidden' })
    const query = await auth.call('GET', '/users/me?access_token=canary-token-in-the-query', { as: asUser(randomUUID()) })
    expect(readProblem(query)).toMatchObject({ status: 400, slug: 'invalid-request' })
    expect(auth.logs()).not.toContain('canary-token-in-the-query')
  })
})

describe('PATCH /users/me', () => {
  test.each(['application/json', 'application/merge-patch+json'])('200 for %s: changes what is named and keeps the rest', async (type) => {
    const { user } = await auth.register({ phoneNumber: '+1 555 0100' })
    const response = await patchMe(
      user.id,
      { username: `ada-${user.id.slice(-8)}`, fullName: ' Ada King ' },
      { 'if-match': '"1"', 'content-type': type },
    )
    expect(response.statusCode).toBe(200)
    expect(response.headers['etag']).toBe('"2"')
    const changed = userView.parse(response.json())
    expect(changed).toMatchObject({ username: `ada-${user.id.slice(-8)}`, fullName: 'Ada King', phoneNumber: '+1 555 0100', version: 2 })
    expect(Date.parse(changed.updatedAt)).toBeGreaterThan(Date.parse(user.updatedAt))
  })

  test('200: null clears the username and the phone number', async () => {
    const { user } = await auth.register({ phoneNumber: '+1 555 0100', username: 'cleared' })
    const response = await patchMe(user.id, { username: null, phoneNumber: null })
    expect(userView.parse(response.json())).toMatchObject({ username: null, phoneNumber: null, fullName: 'Ada Lovelace' })
  })

  test('200 for an empty patch', async () => {
    const { user } = await auth.register()
    const response = await patchMe(user.id, {})
    expect(response.statusCode).toBe(200)
    expect(userView.parse(response.json()).fullName).toBe('Ada Lovelace')
  })

  test('428 without If-Match, 412 for a stale one, 400 for one that is no ETag of ours; nothing changes', async () => {
    const { user } = await auth.register()
    const patch = { fullName: 'Somebody Else' }
    expect(readProblem(await patchMe(user.id, patch, {}))).toMatchObject({ status: 428, slug: 'precondition-required' })
    expect(readProblem(await patchMe(user.id, patch, { 'if-match': '"7"' }))).toMatchObject({ status: 412, slug: 'stale-version' })
    expect(readProblem(await patchMe(user.id, patch, { 'if-match': '*' }))).toMatchObject({ status: 400, slug: 'invalid-request' })
    expect((await users.get(user.id)).fullName).toBe('Ada Lovelace')
  })

  test('two patches of one version at once: one 200, one 412', async () => {
    const { user } = await auth.register()
    const both = await Promise.all([patchMe(user.id, { fullName: 'One' }), patchMe(user.id, { fullName: 'Two' })])
    expect(both.map((response) => response.statusCode).toSorted((a, b) => a - b)).toEqual([200, 412])
  })

  test('409 naming the username that another has in any letter case; mine in another case is free to me', async () => {
    await auth.register({ username: 'occupied' })
    const { user } = await auth.register({ username: 'mine' })
    const taken = await patchMe(user.id, { username: 'Occupied' })
    expect(readProblem(taken)).toEqual({ status: 409, slug: 'conflict', pointers: ['#/username'] })
    expect((await patchMe(user.id, { username: 'MINE' })).statusCode).toBe(200)
  })

  test.each([
    ['email', 'other@example.com'],
    ['roles', ['admin']],
    ['active', true],
    ['passwordHash', 'x'],
    ['version', 9],
    ['fullName', null],
    ['fullName', '   '],
    ['fullName', 'x'.repeat(201)],
    ['username', 'a b'],
    ['username', 'xy'],
    ['phoneNumber', 'call me'],
  ])('400 naming %s for %j', async (field, value) => {
    const { user } = await auth.register()
    expect(readProblem(await patchMe(user.id, { [field]: value }))).toEqual({
      status: 400,
      slug: 'invalid-request',
      pointers: [`#/${field}`],
    })
  })

  test('401 for a deactivated user with a live token; nothing changes', async () => {
    const { user } = await auth.register()
    const { version } = await users.deactivate(user.id)
    const response = await patchMe(user.id, { fullName: 'Ghost' }, { 'if-match': `"${version}"` })
    expect(readProblem(response)).toMatchObject({ status: 401, slug: 'invalid-token' })
    expect((await users.get(user.id)).fullName).toBe('Ada Lovelace')
  })

  test('415 for another media type', async () => {
    const { user } = await auth.register()
    const response = await patchMe(user.id, '<a/>', { 'if-match': '"1"', 'content-type': 'application/xml' })
    expect(readProblem(response)).toMatchObject({ status: 415, slug: 'unsupported-media-type' })
  })
})
