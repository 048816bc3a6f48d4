import { once } from 'node:events'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { sendRaw, startGateway } from './support/test-gateway.ts'
import { startUpstream } from './support/test-upstream.ts'

const mebibyte = 1_048_576

test('413 for a declared length above the limit, before the service hears of it', async () => {
  const orders = await startUpstream()
  const gateway = await startGateway({ orders: [orders] })
  const answer = await gateway.call('/api/v1/orders', { method: 'POST', body: Buffer.alloc(mebibyte + 1) })
  expect(answer).toMatchObject({ status: 413, json: { type: '/problems/body-too-large' } })
  expect(orders.hits()).toBe(0)
})

test('413 at the first byte above the limit of a body without a length; the service sees it break off', async () => {
  const closed = Promise.withResolvers<boolean>()
  const orders = await startUpstream((request) => {
    request.on('close', () => closed.resolve(request.complete))
  })
  const gateway = await startGateway({ orders: [orders] })
  const chunk = Buffer.alloc(65_536)
  const body = Readable.from(Array.from({ length: 64 }, () => chunk))
  const answer = await gateway.call('/api/v1/orders', { method: 'POST', body })
  expect(answer).toMatchObject({ status: 413, json: { type: '/problems/body-too-large' } })
  expect(await closed.promise).toBe(false)
  expect(orders.seen).toHaveLength(0)
})

test('a body of exactly the limit passes', async () => {
  const orders = await startUpstream()
  const gateway = await startGateway({ orders: [orders] })
  expect((await gateway.call('/api/v1/orders', { method: 'POST', body: Buffer.alloc(mebibyte, ' ') })).status).toBe(200)
  expect(orders.seen[0]?.body).toHaveLength(mebibyte)
})

test('415 for a compressed body', async () => {
  const gateway = await startGateway({ orders: [await startUpstream()] })
  const answer = await gateway.call('/api/v1/orders', { method: 'POST', body: 'x', headers: { 'content-encoding': 'gzip' } })
  expect(answer).toMatchObject({ status: 415, json: { type: '/problems/unsupported-media-type' } })
})

test('a client that drips its headers is closed with 408', async () => {
  const gateway = await startGateway()
  const received = await drip(gateway.port, 'GET /api/v1/orders HTTP/1.1\r\nHost: x\r\n', 'X-Drip: 1\r\n')
  expect(received).toMatch(/^HTTP\/1\.1 408 [\s\S]*\/problems\/request-timeout/u)
}, 20_000)

test('a client that drips its body is closed, and the service is let go', async () => {
  const aborted = Promise.withResolvers<void>()
  const orders = await startUpstream((request) => {
    request.on('close', () => aborted.resolve())
  })
  const gateway = await startGateway({ orders: [orders] })
  const begun = performance.now()
  await drip(gateway.port, 'POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n', ' ')
  await aborted.promise
  expect(performance.now() - begun).toBeLessThan(15_000)
  expect(orders.seen).toHaveLength(0)
}, 25_000)

test('a half-sent request leaves nothing behind when its client vanishes', async () => {
  const aborted = Promise.withResolvers<void>()
  const orders = await startUpstream((request) => {
    request.on('close', () => aborted.resolve())
    request.resume()
  })
  const gateway = await startGateway({ orders: [orders] })
  const socket = connect({ port: gateway.port, host: '127.0.0.1' })
  socket.write('POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{')
  await expect.poll(() => orders.hits()).toBe(1)
  socket.resetAndDestroy()
  await aborted.promise
  expect(orders.seen).toHaveLength(0)
  expect(await sendRaw(gateway.port, 'GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')).toMatch(/^HTTP\/1\.1 200/u)
})

/** Sends one piece four times a second until the gateway closes, and gives back what it said. */
async function drip(port: number, head: string, piece: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1' })
  let received = ''
  socket.on('data', (chunk) => (received += chunk.toString('latin1')))
  socket.on('error', () => {})
  socket.write(head)
  const timer = setInterval(() => socket.write(piece), 250)
  await once(socket, 'close')
  clearInterval(timer)
  return received
}
