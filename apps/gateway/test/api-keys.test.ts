import { randomBytes, randomUUID } from 'node:crypto'
import type { ApiKeyScope, ApiKeyVerdict } from '@polystore/contracts'
import { createIdentityVerifier, identityHeader } from '@polystore/service-kit'
import { expect, test } from 'vitest'
import { identityOf, internalSecret, sendRaw, startGateway, type TestGateway } from './support/test-gateway.ts'
import { answerJson, startUpstream, type TestUpstream } from './support/test-upstream.ts'

type ValidKey = Extract<ApiKeyVerdict, { valid: true }>

const verifyPath = '/internal/api-keys/verify'

function newKey(): string {
  return `ps_Abcd1234_${randomBytes(32).toString('base64url')}`
}

/** Auth with API keys by their text; a key that is not there is not valid. */
async function startAuth(keys: Map<string, ValidKey>): Promise<TestUpstream> {
  return startUpstream((request, response) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      const key = /"key":"(.*?)"/u.exec(body)?.[1] ?? ''
      response.setHeader('content-type', 'application/json').end(JSON.stringify(keys.get(key) ?? { valid: false }))
    })
  })
}

interface Rig {
  readonly gateway: TestGateway
  readonly services: TestUpstream
  readonly keys: Map<string, ValidKey>
  /** Makes a key with these scopes; its owner is a member of the staff. */
  give(scopes: ApiKeyScope[], change?: Partial<ValidKey>): { key: string; verdict: ValidKey }
  questions(): number
}

async function startRig(environment: Record<string, string> = {}): Promise<Rig> {
  const keys = new Map<string, ValidKey>()
  const [auth, services] = [await startAuth(keys), await startUpstream()]
  const gateway = await startGateway({
    auth,
    products: [services],
    orders: [services],
    environment,
    tuning: { revocations: { pollMs: 20 } },
  })
  return {
    gateway,
    services,
    keys,
    give(scopes, change = {}) {
      const [key, expiresAt] = [newKey(), new Date(Date.now() + 60_000).toISOString()]
      const verdict: ValidKey = { valid: true, id: randomUUID(), userId: randomUUID(), roles: ['staff'], scopes, expiresAt, ...change }
      keys.set(key, verdict)
      return { key, verdict }
    },
    questions: () => auth.seen.filter(({ url }) => url === verifyPath).length,
  }
}

test('a key acts as its owner, is asked for once, and the question is signed by the gateway', async () => {
  const { gateway, services, give, questions } = await startRig()
  const { key, verdict } = give(['orders:read', 'orders:write'])
  const answers = await Promise.all(Array.from({ length: 10 }, () => gateway.call('/api/v1/orders', { token: key })))
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200))
  expect((await gateway.call('/api/v1/orders', { token: key, method: 'POST' })).status).toBe(200)
  expect(identityOf(services.seen[0])).toEqual({ kind: 'user', id: verdict.userId, roles: ['staff'], apiKeyId: verdict.id })
  expect(questions()).toBe(1)
  const signed = String(gateway.auth.seen.find(({ url }) => url === verifyPath)?.headers[identityHeader])
  expect(createIdentityVerifier(internalSecret)(signed)).toEqual({ kind: 'service', name: 'gateway' })
})

const refused: readonly (readonly [ApiKeyScope[], 'GET' | 'POST' | 'DELETE' | 'PUT', string, string | undefined])[] = [
  [['orders:read'], 'POST', '/api/v1/orders', 'orders:write'],
  [['orders:write'], 'GET', '/api/v1/orders', 'orders:read'],
  [['orders:read'], 'GET', '/api/v1/products', 'products:read'],
  [['products:read'], 'DELETE', '/api/v1/categories/7', 'products:write'],
  [['users:write', 'users:read'], 'POST', '/api/v1/users/me/password', undefined],
  [['users:write', 'users:read'], 'POST', '/api/v1/users/%6De/p%61ssword/', undefined],
  [['users:write', 'users:read'], 'POST', '/api/v1/auth/logout-all', undefined],
  [['users:write', 'users:read'], 'POST', '/api/v1/api-keys', undefined],
  [['users:read'], 'GET', '/api/v1/audit', undefined],
  [['users:read'], 'GET', '/api/v1/%75sers', undefined],
  [['users:read'], 'GET', '/metrics', undefined],
]

test.each(refused)('403 for a key with %j that asks %s %s', async (scopes, method, path, needed) => {
  const { gateway, services, give } = await startRig()
  const answer = await gateway.call(path, { method, token: give(scopes).key })
  expect(answer).toMatchObject({ status: 403, json: { type: '/problems/insufficient-scope', status: 403 } })
  const scope = needed === undefined ? '' : `, scope="${needed}"`
  expect(answer.headers['www-authenticate']).toBe(`Bearer realm="polystore", error="insufficient_scope"${scope}`)
  expect(services.hits()).toBe(0)
})

test('400 and not a guess for a path that a service might read otherwise', async () => {
  const { gateway, services, give } = await startRig()
  const { key } = give(['orders:read'])
  for (const path of ['/api/v1/orders/../products', '/api/v1/orders/%2e%2e/products', '/api/v1/orders//x', '/api/v1/orders%2f7']) {
    const answer = await sendRaw(
      gateway.port,
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${key}\r\n\r\n`,
    )
    expect(answer, path).toMatch(/^HTTP\/1\.1 400 /u)
  }
  expect(services.hits()).toBe(0)
})

test('a revoked key stops at once, and a key of a user who was changed is asked for again', async () => {
  const { gateway, give, keys, questions } = await startRig()
  const [first, second] = [give(['orders:read']), give(['orders:read'])]
  const statusOf = async (key: string) => (await gateway.call('/api/v1/orders', { token: key })).status
  expect([await statusOf(first.key), await statusOf(second.key), questions()]).toEqual([200, 200, 2])
  gateway.auth.revoke('api-key', first.verdict.id)
  await expect.poll(() => statusOf(first.key)).toBe(401)
  gateway.auth.revoke('user', second.verdict.userId)
  await expect.poll(async () => [await statusOf(second.key), questions() > 3]).toEqual([200, true])
  keys.delete(second.key)
  gateway.auth.revoke('user', second.verdict.userId)
  await expect.poll(() => statusOf(second.key)).toBe(401)
})

test('401 for keys that are expired, unknown or not well formed; the last are not asked for', async () => {
  const { gateway, give, questions } = await startRig()
  const { key: expired } = give(['orders:read'], { expiresAt: new Date(Date.now() - 1).toISOString() })
  for (const key of [expired, newKey(), 'ps_', 'ps_Abcd1234_short', `${newKey()}x`]) {
    const answer = await gateway.call('/api/v1/orders', { token: key })
    expect(answer).toMatchObject({ status: 401, json: { type: '/problems/invalid-token' } })
  }
  expect(questions()).toBe(2)
})

test('an address that keeps guessing keys is refused before auth is asked, and a known key still passes', async () => {
  const { gateway, give, questions } = await startRig({ RATE_LIMIT_PER_MINUTE: '5' })
  const { key } = give(['orders:read'])
  expect((await gateway.call('/api/v1/orders', { token: key })).status).toBe(200)
  const statuses: number[] = []
  for (let index = 0; index < 7; index++) statuses.push((await gateway.call('/api/v1/orders', { token: newKey() })).status)
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429])
  expect(questions()).toBe(6)
  expect((await gateway.call('/api/v1/orders', { token: key })).status).toBe(200)
})

test('503 while auth cannot be asked or talks nonsense, and the key is not in the log', async () => {
  const log: string[] = []
  const auth = await startUpstream(answerJson({ valid: 'perhaps' }))
  const gateway = await startGateway({ auth, orders: [await startUpstream()], log })
  const key = newKey()
  const answer = await gateway.call('/api/v1/orders', { token: key })
  expect(answer).toMatchObject({ status: 503, json: { type: '/problems/upstream-unavailable' }, headers: { 'retry-after': '1' } })
  await auth.close()
  expect((await gateway.call('/api/v1/orders', { token: key })).status).toBe(503)
  expect(log.length).toBeGreaterThan(0)
  expect(log.join('')).not.toContain(key.slice(12))
})
