import { addressKey } from '@polystore/service-kit'
import { expect, test } from 'vitest'
import { RateLimiter } from '../src/limits/rate-limiter.ts'
import { startGateway } from './support/test-gateway.ts'
import { accessToken, newKey } from './support/test-tokens.ts'
import { startUpstream } from './support/test-upstream.ts'

const limit = { RATE_LIMIT_PER_MINUTE: '5', RATE_LIMIT_LOGIN_PER_MINUTE: '2' }

test('every answer says what is left, and 429 says when to come back', async () => {
  const orders = await startUpstream()
  const gateway = await startGateway({ orders: [orders], environment: limit })
  const first = await gateway.call('/api/v1/orders')
  expect(first.headers['ratelimit-policy']).toBe('default;q=5;w=60')
  expect(first.headers['ratelimit']).toMatch(/^default;r=4;t=(?:60|59)$/u)
  for (let index = 0; index < 4; index++) await gateway.call('/api/v1/orders')
  const refused = await gateway.call('/api/v1/orders')
  expect(refused).toMatchObject({ status: 429, json: { type: '/problems/rate-limited', status: 429 } })
  expect(refused.headers['ratelimit']).toMatch(/^default;r=0;t=\d+$/u)
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0)
  expect(orders.hits()).toBe(5)
})

test('two users at one address have an allowance each', async () => {
  const gateway = await startGateway({ orders: [await startUpstream()], environment: limit })
  for (const token of [accessToken(gateway.key), accessToken(gateway.key)]) {
    for (let index = 0; index < 5; index++) expect((await gateway.call('/api/v1/orders', { token })).status).toBe(200)
    expect((await gateway.call('/api/v1/orders', { token })).status).toBe(429)
  }
})

test('a new token does not give its user a new allowance', async () => {
  const gateway = await startGateway({ orders: [await startUpstream()], environment: limit })
  const sub = '6a7d7a64-3f3e-4f3c-9d0e-0f1d2c3b4a59'
  const statuses: number[] = []
  for (let index = 0; index < 6; index++)
    statuses.push((await gateway.call('/api/v1/orders', { token: accessToken(gateway.key, { claims: { sub } }) })).status)
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429])
})

test('X-Forwarded-For does not dodge the limit where no proxy is trusted', async () => {
  const gateway = await startGateway({ orders: [await startUpstream()], environment: limit })
  const statuses: number[] = []
  for (let index = 0; index < 6; index++) {
    const headers = { 'x-forwarded-for': `203.0.113.${index}`, forwarded: `for=203.0.113.${index}`, 'x-real-ip': `203.0.113.${index}` }
    statuses.push((await gateway.call('/api/v1/orders', { headers })).status)
  }
  expect(statuses.at(-1)).toBe(429)
})

test('behind one trusted proxy only what that proxy added counts', async () => {
  const orders = await startUpstream()
  const gateway = await startGateway({ orders: [orders], environment: { ...limit, TRUSTED_PROXY_HOPS: '1' } })
  const statuses: number[] = []
  for (let index = 0; index < 6; index++) {
    statuses.push((await gateway.call('/api/v1/orders', { headers: { 'x-forwarded-for': `198.51.100.${index}, 203.0.113.9` } })).status)
  }
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429])
  expect(orders.seen[0]?.headers['x-forwarded-for']).toBe('203.0.113.9')
  expect((await gateway.call('/api/v1/orders', { headers: { 'x-forwarded-for': '203.0.113.10' } })).status).toBe(200)
})

test('login and registration share a stricter limit per address, also with a token and in another spelling', async () => {
  const auth = await startUpstream()
  const gateway = await startGateway({ auth, environment: limit })
  expect((await gateway.call('/api/v1/auth/login', { method: 'POST' })).headers['ratelimit-policy']).toBe('login;q=2;w=60')
  expect((await gateway.call('/api/v1/auth/%72egister', { method: 'POST' })).status).toBe(200)
  for (const path of ['/auth/login', '/auth/%6Cogin', '/auth/register']) {
    expect((await gateway.call(`/api/v1${path}`, { method: 'POST' })).status, path).toBe(429)
  }
  expect((await gateway.call('/api/v1/auth/refresh', { method: 'POST' })).status).toBe(200)
})

test('an address that keeps sending invalid tokens is refused before they are verified', async () => {
  const gateway = await startGateway({ orders: [await startUpstream()], environment: limit })
  const forged = (): string => accessToken(newKey(gateway.key.kid))
  for (let index = 0; index < 5; index++) expect((await gateway.call('/api/v1/orders', { token: forged() })).status).toBe(401)
  expect(await gateway.call('/api/v1/orders', { token: forged() })).toMatchObject({ status: 429, json: { type: '/problems/rate-limited' } })
  expect((await gateway.call('/api/v1/orders')).status).toBe(200)
})

test('probes, docs and problem pages are not limited', async () => {
  const gateway = await startGateway({ environment: { ...limit, RATE_LIMIT_PER_MINUTE: '1' } })
  for (const path of ['/livez', '/readyz', '/docs/', '/problems/rate-limited']) {
    for (let index = 0; index < 3; index++) {
      const answer = await gateway.call(path)
      expect(answer.status, path).toBe(200)
      expect(answer.headers).not.toHaveProperty('ratelimit')
    }
  }
})

test('metrics are for staff: this is the public door', async () => {
  const gateway = await startGateway({ environment: limit })
  expect((await gateway.call('/metrics')).status).toBe(401)
})

test('a window ends for each client on its own, and memory is bounded', () => {
  let nowMs = 0
  const limiter = new RateLimiter({ name: 'default', limit: 2, windowSeconds: 60 }, { maxClients: 2, now: () => nowMs })
  expect([limiter.consume('a'), limiter.consume('a'), limiter.consume('a')].map(({ allowed }) => allowed)).toEqual([true, true, false])
  nowMs = 30_000
  expect(limiter.consume('b')).toMatchObject({ allowed: true, remaining: 1, resetSeconds: 60 })
  expect(limiter.peek('a')).toMatchObject({ allowed: false, remaining: 0, resetSeconds: 30 })
  nowMs = 60_000
  expect(limiter.consume('a').allowed).toBe(true)
  limiter.consume('c')
  expect(limiter.peek('b').remaining).toBe(2)
})

test.each([
  ['203.0.113.9', '203.0.113.9'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:1:2::1', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('the address %s counts as %s', (address, key) => {
  expect(addressKey(address)).toBe(key)
})
