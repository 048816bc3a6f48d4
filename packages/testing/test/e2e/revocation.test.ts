import { demoLogins, startStack } from '@polystore/dev-stack'
import { afterAll, expect, test } from 'vitest'
import { type Answer, HttpExchange } from './support/http-exchange.ts'
import { publicPrefix } from './support/running-system.ts'

const stack = await startStack()
const http = new HttpExchange()
afterAll(async () => {
  http.close()
  await stack.stop()
}, 30_000)

interface Session {
  readonly access_token: string
  readonly user: { readonly id: string }
}

const password = 'correct horse battery staple'
let accounts = 0

async function call(method: string, path: string, { token, body }: { token?: string; body?: unknown } = {}): Promise<Answer> {
  return http.send(stack.urls.gateway, {
    method,
    target: publicPrefix + path,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
}

async function register(): Promise<{ token: string; id: string; email: string }> {
  const email = `revoked-${++accounts}@example.com`
  const answer = await call('POST', '/auth/register', { body: { email, password, fullName: 'Ada Lovelace' } })
  const { access_token: token, user }: Session = JSON.parse(answer.text)
  return { token, id: user.id, email }
}

async function makeKey(token: string, scopes: readonly string[]): Promise<{ id: string; key: string }> {
  const answer = await call('POST', '/api-keys', { token, body: { name: 'a machine', scopes } })
  return JSON.parse(answer.text)
}

async function logIn(email: string, secret: string): Promise<string> {
  const answer = await call('POST', '/auth/login', { body: { email, password: secret } })
  const { access_token: token }: Session = JSON.parse(answer.text)
  return token
}

/** Of orders, which asks nobody whether the token is still good. */
const myOrders = async (token: string) => (await call('GET', '/orders', { token })).status
const untilRefused = (token: string) => expect.poll(() => myOrders(token), { interval: 20, timeout: 5_000 }).toBe(401)

test('an access token dies at the gateway with its session, and not before', async () => {
  const { token, email } = await register()
  const other = await logIn(email, password)
  expect([await myOrders(token), await myOrders(other)]).toEqual([200, 200])
  expect((await call('POST', '/auth/logout', { token })).status).toBeLessThan(300)
  await untilRefused(token)
  expect(await myOrders(other)).toBe(200)
})

test('the tokens and the keys of a deactivated user die at the gateway, and those of after work', async () => {
  const { token, id, email } = await register()
  const { key } = await makeKey(token, ['orders:read'])
  expect([await myOrders(token), await myOrders(key)]).toEqual([200, 200])
  const admin = await logIn(demoLogins.admin, demoLogins.password)
  expect((await call('POST', `/users/${id}/deactivate`, { token: admin })).status).toBe(200)
  await untilRefused(token)
  await untilRefused(key)
  expect((await call('POST', `/users/${id}/activate`, { token: admin })).status).toBe(200)
  expect(await myOrders(await logIn(email, password))).toBe(200)
  expect(await myOrders(token)).toBe(401)
})

test('a key does what its scopes name, as its owner, until it is revoked', async () => {
  const { token, id } = await register()
  const { id: keyId, key } = await makeKey(token, ['orders:read'])
  expect(await myOrders(key)).toBe(200)
  const refused = await call('GET', '/users/me', { token: key })
  expect([refused.status, JSON.parse(refused.text)]).toMatchObject([403, { type: '/problems/insufficient-scope' }])
  const { key: reader } = await makeKey(token, ['users:read'])
  expect(JSON.parse((await call('GET', '/users/me', { token: reader })).text)).toMatchObject({ id })
  expect(JSON.parse((await call('GET', '/users', { token: reader })).text)).toMatchObject({ type: '/problems/forbidden' })
  expect((await call('DELETE', `/api-keys/${keyId}`, { token })).status).toBe(204)
  await untilRefused(key)
})
