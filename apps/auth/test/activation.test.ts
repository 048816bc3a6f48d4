import { randomUUID } from 'node:crypto'
import { userStatus } from '@polystore/contracts'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { userView } from '../src/users/user-schemas.ts'
import { UserRepository } from '../src/users/user-repository.ts'
import { asUser, goodPassword, readProblem, startAuth, type AuthFixture } from './auth-fixture.ts'

let auth: AuthFixture
beforeAll(async () => {
  auth = await startAuth()
})
afterAll(() => auth.stop())

const admin = asUser(randomUUID(), ['admin'])
const orders = { kind: 'service', name: 'orders' } as const
const activation = (id: string, verb: 'activate' | 'deactivate') => auth.call('POST', `/users/${id}/${verb}`, { as: admin })

describe('POST /users/{id}/activate and /deactivate', () => {
  test('a deactivated user cannot log in until activated again', async () => {
    const { user } = await auth.register()
    const logIn = () => auth.call('POST', '/auth/login', { body: { email: user.email, password: goodPassword } })
    const deactivated = await activation(user.id, 'deactivate')
    expect(deactivated.statusCode).toBe(200)
    expect(deactivated.headers['etag']).toBe('"2"')
    expect(userView.parse(deactivated.json())).toMatchObject({ id: user.id, active: false })
    expect((await logIn()).statusCode).toBe(401)
    expect(userView.parse((await activation(user.id, 'activate')).json())).toMatchObject({ active: true, version: 3 })
    expect((await logIn()).statusCode).toBe(200)
  })

  test('200 and no new version when it is so already', async () => {
    const { user } = await auth.register()
    expect(userView.parse((await activation(user.id, 'activate')).json())).toMatchObject({ active: true, version: 1 })
  })

  test.each(['activate', 'deactivate'])('403 for a customer, staff and a service, 401 for an anonymous caller: %s', async (verb) => {
    const { user } = await auth.register()
    const path = `/users/${user.id}/${verb}`
    for (const as of [asUser(user.id), asUser(user.id, ['staff']), orders])
      expect(readProblem(await auth.call('POST', path, { as }))).toMatchObject({ status: 403, slug: 'forbidden' })
    expect(readProblem(await auth.call('POST', path))).toMatchObject({ status: 401, slug: 'unauthenticated' })
  })

  test('404 for an unknown and a deleted user, 400 for what is no id', async () => {
    const { user } = await auth.register()
    await new UserRepository(auth.database).delete(user.id)
    expect(readProblem(await activation(randomUUID(), 'activate'))).toMatchObject({ status: 404, slug: 'not-found' })
    expect(readProblem(await activation(user.id, 'activate'))).toMatchObject({ status: 404, slug: 'not-found' })
    expect(readProblem(await activation("1'--", 'deactivate'))).toMatchObject({ status: 400, slug: 'invalid-request' })
  })
})

describe('GET /internal/users/{id}', () => {
  const status = (id: string) => auth.call('GET', `/internal/users/${id}`, { as: orders })

  test('200 with whether the user is active, and in which version', async () => {
    const { user } = await auth.register()
    expect(userStatus.parse((await status(user.id)).json())).toEqual({ id: user.id, active: true, version: 1 })
    await activation(user.id, 'deactivate')
    expect(userStatus.parse((await status(user.id)).json())).toEqual({ id: user.id, active: false, version: 2 })
  })

  test('404 for an unknown user, 400 for what is no id', async () => {
    expect(readProblem(await status(randomUUID()))).toMatchObject({ status: 404, slug: 'not-found' })
    expect(readProblem(await status('zz'))).toMatchObject({ status: 400, slug: 'invalid-request' })
  })

  test('403 for any user, 401 for an anonymous caller', async () => {
    const path = `/internal/users/${randomUUID()}`
    expect(readProblem(await auth.call('GET', path, { as: admin }))).toMatchObject({ status: 403, slug: 'forbidden' })
    expect((await auth.call('GET', path)).statusCode).toBeGreaterThanOrEqual(401)
  })
})
