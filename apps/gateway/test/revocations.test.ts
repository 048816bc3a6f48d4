import { randomUUID } from 'node:crypto'
import { request } from 'undici'
import { expect, onTestFinished, test } from 'vitest'
import { Revocations } from '../src/identity/revocations.ts'
import { identityOf, startGateway, type TestGateway } from './support/test-gateway.ts'
import { accessToken, answerKeys, newKey, secretToken } from './support/test-tokens.ts'
import { startUpstream } from './support/test-upstream.ts'

const tuning = { revocations: { pollMs: 20 } }

async function startPair(): Promise<TestGateway> {
  return startGateway({ orders: [await startUpstream()], tuning })
}

async function statusOf(gateway: TestGateway, token: string): Promise<number> {
  return (await gateway.call('/api/v1/orders', { token })).status
}

test('a session that has ended takes its tokens with it, remembered or new, and leaves those of another', async () => {
  const gateway = await startPair()
  const [sub, sid] = [randomUUID(), randomUUID()]
  const tokens = [accessToken(gateway.key, { claims: { sub, sid } }), accessToken(gateway.key, { claims: { sub, sid } })] as const
  const other = accessToken(gateway.key, { claims: { sub, sid: randomUUID() } })
  expect(await statusOf(gateway, tokens[0])).toBe(200)
  gateway.auth.revoke('session', sid)
  await expect.poll(() => statusOf(gateway, tokens[0])).toBe(401)
  const answer = await gateway.call('/api/v1/orders', { token: tokens[1] })
  expect(answer).toMatchObject({ status: 401, json: { type: '/problems/invalid-token' } })
  expect(answer.headers['www-authenticate']).toBe('Bearer realm="polystore", error="invalid_token"')
  expect(await statusOf(gateway, other)).toBe(200)
})

test("a user's tokens of before are refused, those of after are taken, also within one second", async () => {
  const gateway = await startPair()
  const sub = randomUUID()
  const iat = Math.floor(Date.now() / 1_000)
  const old = accessToken(gateway.key, { claims: { sub, iat } })
  expect(await statusOf(gateway, old)).toBe(200)
  gateway.auth.revoke('user', sub)
  await expect.poll(() => statusOf(gateway, old)).toBe(401)
  const issuedMs = Date.now() + 1
  expect(await statusOf(gateway, accessToken(gateway.key, { claims: { sub, iat, issued_ms: issuedMs } }))).toBe(200)
  expect(await statusOf(gateway, accessToken(gateway.key, { claims: { sub, iat, issued_ms: iat * 1_000 - 1 } }))).toBe(401)
  expect(await statusOf(gateway, accessToken(gateway.key))).toBe(200)
})

test('the session of a token goes on to the service', async () => {
  const orders = await startUpstream()
  const gateway = await startGateway({ orders: [orders] })
  await statusOf(gateway, accessToken(gateway.key, { claims: { sid: 'a-session' } }))
  expect(identityOf(orders.seen[0])).toMatchObject({ kind: 'user', sessionId: 'a-session' })
})

test('what was revoked before the gateway began is refused from the first request on, over several pages', async () => {
  const key = newKey()
  const auth = await startUpstream(answerKeys(() => [key]))
  const sids = Array.from({ length: 5 }, () => randomUUID())
  for (const sid of sids) auth.revoke('session', sid)
  const gateway = await startGateway({ auth, orders: [await startUpstream()], tuning })
  const statuses = await Promise.all(sids.map((sid) => statusOf(gateway, accessToken(key, { claims: { sid } }))))
  expect(new Set(statuses)).toEqual(new Set([401]))
  expect(await statusOf(gateway, accessToken(key))).toBe(200)
})

test('while auth is away what is known stays known, and other tokens pass', async () => {
  const gateway = await startPair()
  const [sid, other] = [randomUUID(), accessToken(gateway.key)]
  const revoked = accessToken(gateway.key, { claims: { sid } })
  expect([await statusOf(gateway, revoked), await statusOf(gateway, other)]).toEqual([200, 200])
  gateway.auth.revoke('session', sid)
  await expect.poll(() => statusOf(gateway, revoked)).toBe(401)
  await gateway.auth.close()
  expect([await statusOf(gateway, revoked), await statusOf(gateway, other)]).toEqual([401, 200])
  const { text } = await gateway.call('/metrics', { token: accessToken(gateway.key, { claims: { roles: ['staff'] } }) })
  expect(text).toMatch(/gateway_revocations_known\S* 1\n/u)
})

test('503 and not 200 while nobody knows what was revoked', async () => {
  const secret = 'one secret for a small deployment, long enough'
  const auth = await startUpstream()
  await auth.close()
  const gateway = await startGateway({ auth, orders: [await startUpstream()], environment: { JWT_HS256_SECRET: secret } })
  const answer = await gateway.call('/api/v1/orders', { token: secretToken(secret) })
  expect(answer).toMatchObject({ status: 503, json: { type: '/problems/upstream-unavailable' }, headers: { 'retry-after': '1' } })
})

test('a stream ends with the session that opened it', async () => {
  const orders = await startUpstream(
    (_request, response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': here\n\n'),
  )
  const gateway = await startGateway({ orders: [orders], tuning })
  const sid = randomUUID()
  const open = async (token: string) => {
    const { body } = await request(`${gateway.url}/api/v1/orders/events`, { headers: { authorization: `Bearer ${token}` } })
    onTestFinished(() => void body.on('error', () => {}).destroy())
    return body
  }
  const [mine, other] = [await open(accessToken(gateway.key, { claims: { sid } })), await open(accessToken(gateway.key))]
  gateway.auth.revoke('session', sid)
  expect(await mine.text()).toBe(': here\n\n')
  expect(other.readableEnded).toBe(false)
})

test('a revocation is forgotten when auth says that nothing of before can be alive', () => {
  let nowMs = 0
  const revocations = new Revocations(() => nowMs)
  const user = { kind: 'user', id: 'u', roles: ['customer' as const], sessionId: 's' } as const
  revocations.apply([{ id: 1, kind: 'session', subject: 's', at: new Date().toISOString() }], 100)
  nowMs = 99_000
  revocations.apply([], 100)
  expect(revocations.revokesToken({ ...user, roles: [] }, Date.now())).toBe(true)
  nowMs = 160_000
  revocations.apply([], 100)
  expect(revocations.size).toBe(0)
})
