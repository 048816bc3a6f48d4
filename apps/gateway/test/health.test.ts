import { request as send } from 'undici'
import { expect, test } from 'vitest'
import { deadUrl, startGateway } from './support/test-gateway.ts'
import { accessToken } from './support/test-tokens.ts'
import { startUpstream } from './support/test-upstream.ts'

test('the gateway is live and ready while every service is down', async () => {
  const gateway = await startGateway({ orders: [deadUrl], products: [deadUrl] })
  await gateway.auth.close()
  expect(await gateway.call('/livez')).toMatchObject({ status: 200, json: { status: 'pass' } })
  expect(await gateway.call('/readyz')).toMatchObject({ status: 200, json: { status: 'pass' } })
})

test('/health shows staff the state of each address by number, and nobody else anything', async () => {
  const gateway = await startGateway({ orders: [await startUpstream(), deadUrl] })
  expect((await gateway.call('/health')).status).toBe(401)
  expect((await gateway.call('/health', { token: accessToken(gateway.key) })).status).toBe(403)
  const answer = await gateway.call('/health', { token: accessToken(gateway.key, { claims: { roles: ['staff'] } }) })
  expect(answer).toMatchObject({
    status: 200,
    json: { status: 'pass', checks: { orders: [{ address: 1, breaker: 'closed' }, { address: 2 }] } },
  })
  expect(answer.text).not.toContain('127.0.0.1')
})

test('what runs is finished and what is new is refused when the gateway stops', async () => {
  const arrived = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const orders = await startUpstream(async (_request, response) => {
    arrived.resolve()
    await release.promise
    response.end('{"done":true}')
  })
  const gateway = await startGateway({ orders: [orders] })
  const running = send(`${gateway.url}/api/v1/orders`)
  await arrived.promise
  gateway.service.state.drain()
  expect((await gateway.call('/readyz')).status).toBe(503)
  const closed = gateway.service.close()
  release.resolve()
  const answer = await running
  expect(answer.statusCode).toBe(200)
  expect(answer.headers['connection']).toBe('close')
  expect(await answer.body.json()).toEqual({ done: true })
  await closed
  await expect(send(`${gateway.url}/livez`)).rejects.toThrow('ECONNREFUSED')
})

test('the log has one line per request, with route and status and without path, query, token or address of a client', async () => {
  const log: string[] = []
  const gateway = await startGateway({ orders: [await startUpstream()], log })
  const token = accessToken(gateway.key)
  await gateway.call('/api/v1/orders/my-secret-id?email=a%40b.example', { token, headers: { cookie: 'session=canary' } })
  await gateway.service.close()
  const lines = log.filter((line) => line.includes('"msg":"request"'))
  expect(lines).toHaveLength(1)
  expect(lines[0]).toContain('"route":"/api/v1/*"')
  expect(lines[0]).toContain('"status":200')
  for (const secret of ['my-secret-id', 'b.example', 'canary', token.slice(-20)]) expect(log.join('')).not.toContain(secret)
})

test('an upstream failure is logged with its address, which the answer does not hold', async () => {
  const log: string[] = []
  const gateway = await startGateway({ orders: [deadUrl], log })
  const answer = await gateway.call('/api/v1/orders')
  expect(answer.text).not.toContain('127.0.0.1')
  expect(log.join('')).toContain('"service":"orders","upstream":"http://127.0.0.1:1","failure":"lost"')
})
