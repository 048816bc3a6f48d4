import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createServer, type Socket } from 'node:net'
import { request as send } from 'undici'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type Answer, deadUrl, startGateway } from './support/test-gateway.ts'
import { answerJson, startUpstream } from './support/test-upstream.ts'

const upstream = { headersTimeoutMs: 300, bodyIdleTimeoutMs: 1_000, connectTimeoutMs: 500, probeIntervalMs: 60_000 }
const fast = { tuning: { upstream } }

/** Problem+json, and no word of where the service stands. */
function expectProblem(answer: Answer, status: number, slug: string): void {
  expect(answer).toMatchObject({ status, json: { type: `/problems/${slug}`, status } })
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8')
  expect(`${answer.text}${JSON.stringify(answer.headers)}`).not.toMatch(/127\.0\.0\.1|localhost|ECONN|UND_ERR|undici/u)
}

/** A TCP server that does with each connection what a test wants. */
async function startRawUpstream(handle: (socket: Socket) => void): Promise<{ url: string; connections: () => number }> {
  const sockets = new Set<Socket>()
  let connections = 0
  const server = createServer((socket) => {
    connections++
    sockets.add(socket)
    socket.on('error', () => {})
    handle(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  return { url: `http://127.0.0.1:${address.port}`, connections: () => connections }
}

test('503 with Retry-After for a service that is not there', async () => {
  const gateway = await startGateway({ orders: [deadUrl], ...fast })
  for (const method of ['GET', 'POST', 'DELETE'] as const) {
    const answer = await gateway.call('/api/v1/orders', { method })
    expectProblem(answer, 503, 'upstream-unavailable')
    expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1)
  }
})

test('504 for a service that never answers', async () => {
  const orders = await startUpstream(() => {})
  const gateway = await startGateway({ orders: [orders], ...fast })
  expectProblem(await gateway.call('/api/v1/orders'), 504, 'upstream-timeout')
  expect(orders.hits()).toBe(1)
})

test('504 for a POST whose body the service never reads', async () => {
  const orders = await startRawUpstream((socket) => void socket.pause())
  const gateway = await startGateway({ orders: [orders.url], ...fast })
  const answer = await gateway.call('/api/v1/orders', { method: 'POST', body: Buffer.alloc(1_000_000, ' ') })
  expect(answer).toMatchObject({ status: 504, json: { type: '/problems/upstream-timeout' } })
})

test('a GET whose connection is reset is sent once more, a POST never', async () => {
  const orders = await startUpstream((request) => void request.socket.destroy())
  const gateway = await startGateway({ orders: [orders], ...fast })
  expectProblem(await gateway.call('/api/v1/orders'), 503, 'upstream-unavailable')
  expect(orders.hits()).toBe(2)
  expectProblem(
    await gateway.call('/api/v1/orders', { method: 'POST', body: '{}', headers: { 'idempotency-key': 'a' } }),
    503,
    'upstream-unavailable',
  )
  expect(orders.hits()).toBe(3)
})

test('a GET that failed at one address succeeds at the other', async () => {
  const broken = await startUpstream((request) => void request.socket.destroy())
  const good = await startUpstream()
  const gateway = await startGateway({ orders: [broken, good], ...fast })
  const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await gateway.call('/api/v1/orders')).status))
  expect(new Set(statuses)).toEqual(new Set([200]))
  expect(good.hits()).toBe(20)
})

test('a 503 of the service itself passes as it is and is not tried again', async () => {
  const problem = { type: '/problems/unavailable', title: 'Temporarily unavailable', status: 503 }
  const orders = await startUpstream(answerJson(problem, 503))
  const gateway = await startGateway({ orders: [orders], ...fast })
  expect(await gateway.call('/api/v1/orders')).toMatchObject({ status: 503, json: problem })
  expect(orders.hits()).toBe(1)
})

test.each([
  ['bytes that are not HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ['headers without end', `HTTP/1.1 200 OK\r\nX-Big: ${'a'.repeat(40_000)}\r\n\r\n`],
  ['two different lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
])('502 for a service that answers with %s', async (_name, text) => {
  const orders = await startRawUpstream((socket) => socket.once('data', () => void socket.end(text)))
  const gateway = await startGateway({ orders: [orders.url], ...fast })
  expectProblem(await gateway.call('/api/v1/orders', { method: 'POST' }), 502, 'bad-gateway')
  expect(orders.connections()).toBe(1)
})

test.each([
  ['stops in the middle', (socket: Socket) => void socket.end()],
  ['falls silent in the middle', () => {}],
])('the connection of the client is cut when the body of the service %s', async (_name, then) => {
  const orders = await startRawUpstream((socket) =>
    socket.once('data', () => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\nhalf')
      then(socket)
    }),
  )
  const gateway = await startGateway({ orders: [orders.url], ...fast })
  const response = await send(`${gateway.url}/api/v1/orders`)
  expect(response.statusCode).toBe(200)
  await expect(response.body.text()).rejects.toThrow(/terminated|other side closed|aborted/u)
})

test('an address that fails five times in a row is put aside and comes back by one trial', async () => {
  let healthy = false
  const orders = await startUpstream((request, response) => {
    if (healthy) response.end('{}')
    else request.socket.destroy()
  })
  const gateway = await startGateway({ orders: [orders], tuning: { upstream: { ...upstream, openMs: 400 } } })
  for (let attempt = 0; attempt < 5; attempt++) await gateway.call('/api/v1/orders', { method: 'POST' })
  const before = orders.hits()
  const refused = await gateway.call('/api/v1/orders', { method: 'POST' })
  expectProblem(refused, 503, 'upstream-unavailable')
  expect(orders.hits()).toBe(before)
  healthy = true
  await expect.poll(async () => (await gateway.call('/api/v1/orders')).status, { timeout: 3_000 }).toBe(200)
  expect(orders.hits()).toBe(before + 1)
})

test('a readiness probe that succeeds ends the wait of an address that was put aside', async () => {
  let healthy = false
  const orders = await startUpstream((request, response) => {
    if (healthy) response.end('{}')
    else request.socket.destroy()
  })
  const gateway = await startGateway({ orders: [orders], tuning: { upstream: { ...upstream, openMs: 60_000, probeIntervalMs: 50 } } })
  for (let attempt = 0; attempt < 5; attempt++) await gateway.call('/api/v1/orders', { method: 'POST' })
  healthy = true
  await expect.poll(async () => (await gateway.call('/api/v1/orders')).status, { timeout: 3_000 }).toBe(200)
})

test('an address that is not ready gets no requests while another one is', async () => {
  const [ready, stopping] = [await startUpstream(), await startUpstream()]
  const [handleReadiness] = stopping.server.listeners('request')
  stopping.server.removeAllListeners('request')
  stopping.server.on('request', (request, response) => {
    if (request.url === '/readyz') response.writeHead(503).end()
    else Reflect.apply(handleReadiness ?? (() => {}), stopping.server, [request, response])
  })
  const gateway = await startGateway({ orders: [ready, stopping], tuning: { upstream: { ...upstream, probeIntervalMs: 50 } } })
  await expect
    .poll(
      async () => {
        const before = stopping.hits()
        for (let index = 0; index < 4; index++) await gateway.call('/api/v1/orders')
        return stopping.hits() - before
      },
      { timeout: 3_000 },
    )
    .toBe(0)
  expect(ready.hits()).toBeGreaterThanOrEqual(4)
})

test('requests spread over the addresses of a service', async () => {
  const addresses = [await startUpstream(), await startUpstream(), await startUpstream()]
  const gateway = await startGateway({ orders: addresses, ...fast })
  for (let index = 0; index < 30; index++) await gateway.call('/api/v1/orders')
  for (const address of addresses) expect(address.hits()).toBe(10)
})

test('another service is served while one hangs', async () => {
  const held: ServerResponse[] = []
  let hangs = true
  const orders = await startUpstream((_request, response) => (hangs ? void held.push(response) : void response.end('{}')))
  const products = await startUpstream()
  const gateway = await startGateway({
    orders: [orders],
    products: [products],
    tuning: { upstream: { ...upstream, headersTimeoutMs: 60_000, maxInFlight: 100 } },
  })
  const hanging = Array.from({ length: 150 }, () => gateway.call('/api/v1/orders'))
  // One on each connection; the others that were let in wait for one.
  await vi.waitFor(() => expect(held).toHaveLength(64), { timeout: 10_000 })
  for (let index = 0; index < 20; index++) expect((await gateway.call('/api/v1/products')).status).toBe(200)
  hangs = false
  for (const response of held) response.end('{}')
  const statuses = (await Promise.all(hanging)).map(({ status }) => status)
  expect(statuses.filter((status) => status === 200)).toHaveLength(100)
  expect(statuses.filter((status) => status === 503)).toHaveLength(50)
})

test('an answer that comes before the body is read passes, and the connection can be used again', async () => {
  const orders = await startUpstream((_request, response) => void response.writeHead(401, { 'content-type': 'application/json' }).end('{}'))
  const gateway = await startGateway({ orders: [orders], ...fast })
  for (let index = 0; index < 5; index++) {
    const answer = await gateway.call('/api/v1/orders', { method: 'POST', body: Buffer.alloc(900_000, ' ') })
    expect(answer.status).toBe(401)
  }
})
