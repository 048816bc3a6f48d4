import { once } from 'node:events'
import { PassThrough, Readable } from 'node:stream'
import { request as send } from 'undici'
import { expect, test } from 'vitest'
import { identityOf, sendRaw, startGateway } from './support/test-gateway.ts'
import { accessToken } from './support/test-tokens.ts'
import { startUpstream } from './support/test-upstream.ts'

test('a request reaches its service without the public prefix, with query, body and the headers that matter', async () => {
  const orders = await startUpstream()
  const gateway = await startGateway({ orders: [orders] })
  const answer = await gateway.call('/api/v1/orders/7?expand=lines&x=%C3%A4', {
    method: 'PATCH',
    headers: { 'content-type': 'application/merge-patch+json', 'if-match': '"3"', 'idempotency-key': 'k1' },
    body: '{"note":"ä"}',
  })
  expect(answer.status).toBe(200)
  expect(orders.seen).toHaveLength(1)
  expect(orders.seen[0]).toMatchObject({
    method: 'PATCH',
    url: '/orders/7?expand=lines&x=%C3%A4',
    body: '{"note":"ä"}',
    headers: { 'content-type': 'application/merge-patch+json', 'if-match': '"3"', 'idempotency-key': 'k1' },
  })
})

test('each public name leads to the service that owns it, and only those names lead anywhere', async () => {
  const [auth, products, orders] = [await startUpstream(), await startUpstream(), await startUpstream()]
  const gateway = await startGateway({ auth, products: [products], orders: [orders] })
  for (const path of ['auth/login', 'users/me', 'products', 'categories/x', 'stock', 'orders']) await gateway.call(`/api/v1/${path}`)
  expect(auth.seen.map(({ url }) => url)).toEqual(['/auth/login', '/users/me'])
  expect(products.seen.map(({ url }) => url)).toEqual(['/products', '/categories/x', '/stock'])
  expect(orders.seen.map(({ url }) => url)).toEqual(['/orders'])
  for (const path of [
    '/api/v1/holds',
    '/api/v1/internal/users/1',
    '/api/v1/internal/events',
    '/api/v1/%69nternal/events',
    '/internal/events',
    '/api/v1/Orders',
    '/api/v1/ordersx',
    '/api/v1/',
    '/api/v1',
    '/orders',
    '/api/v2/orders',
  ]) {
    for (const method of ['GET', 'POST'] as const) {
      const answer = await gateway.call(path, { method })
      expect(answer, `${method} ${path}`).toMatchObject({ status: 404, json: { type: '/problems/not-found' } })
    }
  }
  expect([auth.hits(), products.hits(), orders.hits()]).toEqual([2, 3, 1])
})

test('the service learns who asks, from where and in which trace', async () => {
  const orders = await startUpstream()
  const gateway = await startGateway({ orders: [orders] })
  const sub = '6a7d7a64-3f3e-4f3c-9d0e-0f1d2c3b4a59'
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  await gateway.call('/api/v1/orders', {
    token: accessToken(gateway.key, { claims: { sub, roles: ['staff'], jti: 'session-1' } }),
    headers: { traceparent, 'x-request-id': 'abc-1' },
  })
  await gateway.call('/api/v1/orders')
  const [first, second] = orders.seen
  expect(identityOf(first)).toEqual({ kind: 'user', id: sub, roles: ['staff'], tokenId: 'session-1' })
  expect(identityOf(second)).toEqual({ kind: 'anonymous' })
  expect(first?.headers).toMatchObject({ 'x-forwarded-for': '127.0.0.1', 'x-request-id': 'abc-1' })
  expect(first?.headers['traceparent']).toMatch(/^00-4bf92f3577b34da6a3ce929d0e0e4736-[0-9a-f]{16}-01$/u)
  expect(first?.headers['traceparent']).not.toBe(traceparent)
  expect(first?.headers.authorization).toBeUndefined()
})

test('status, allowed headers and body come back; internal headers do not', async () => {
  const orders = await startUpstream((_request, response) => {
    response.writeHead(418, {
      'content-type': 'text/plain',
      etag: '"9"',
      'retry-after': '3',
      server: 'internal/1.0',
      'x-powered-by': 'secrets',
      'x-polystore-identity': 'leak',
      'set-cookie': 'a=b',
      'proxy-authenticate': 'Basic',
    })
    response.end('short and stout')
  })
  const answer = await (await startGateway({ orders: [orders] })).call('/api/v1/orders')
  expect(answer).toMatchObject({
    status: 418,
    text: 'short and stout',
    headers: { etag: '"9"', 'retry-after': '3', 'content-type': 'text/plain' },
  })
  for (const name of ['server', 'x-powered-by', 'x-polystore-identity', 'set-cookie', 'proxy-authenticate']) {
    expect(answer.headers, name).not.toHaveProperty(name)
  }
  expect(answer.headers).toHaveProperty('x-request-id')
})

test('a Location becomes the public path, and an internal one is left out', async () => {
  const orders = await startUpstream((request, response) => {
    const url = new URL(request.url ?? '/', orders.url)
    response.writeHead(201, {
      location: url.searchParams.get('to') ?? '',
      link: '</orders?cursor=x>; rel="next", <http://10.0.0.1/holds>; rel="up"',
    })
    response.end()
  })
  const gateway = await startGateway({ orders: [orders] })
  const locations = new Map([
    ['/orders/7?a=1', '/api/v1/orders/7?a=1'],
    [`${orders.url}/orders/7`, '/api/v1/orders/7'],
    ['/api/v1/orders/7', '/api/v1/orders/7'],
    ['/holds/7', undefined],
    ['/users/7', undefined],
    ['http://orders.internal:4003/orders/7', undefined],
    ['//evil.example/orders', undefined],
  ])
  for (const [given, shown] of locations) {
    const answer = await gateway.call(`/api/v1/orders?to=${encodeURIComponent(given)}`)
    expect(answer.headers['location'], given).toBe(shown)
    expect(answer.headers['link']).toBe('</api/v1/orders?cursor=x>; rel="next"')
  }
})

test('HEAD, 204 and 304 have headers and no body', async () => {
  const orders = await startUpstream((request, response) => {
    if (request.url === '/orders/204') response.writeHead(204).end()
    else if (request.url === '/orders/304') response.writeHead(304, { etag: '"1"' }).end()
    else response.writeHead(200, { 'content-type': 'text/plain', 'content-length': 5 }).end(request.method === 'HEAD' ? undefined : 'hello')
  })
  const gateway = await startGateway({ orders: [orders] })
  expect(await gateway.call('/api/v1/orders/1', { method: 'HEAD' })).toMatchObject({
    status: 200,
    text: '',
    headers: { 'content-length': '5' },
  })
  const noContent = await gateway.call('/api/v1/orders/204', { method: 'DELETE' })
  expect(noContent).toMatchObject({ status: 204, text: '' })
  expect(noContent.headers).not.toHaveProperty('content-length')
  expect(noContent.headers).not.toHaveProperty('transfer-encoding')
  expect(await gateway.call('/api/v1/orders/304')).toMatchObject({ status: 304, text: '', headers: { etag: '"1"' } })
})

test('an answer of several megabytes passes unchanged', async () => {
  const chunk = Buffer.alloc(65_536, 'x')
  const orders = await startUpstream((_request, response) => {
    Readable.from(Array.from({ length: 128 }, () => chunk)).pipe(response)
  })
  const answer = await (await startGateway({ orders: [orders] })).call('/api/v1/orders')
  expect(answer.text).toHaveLength(65_536 * 128)
})

test('the first event of a stream arrives while the stream is still open', async () => {
  const events = new PassThrough()
  const orders = await startUpstream((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.flushHeaders()
    events.pipe(response)
  })
  const gateway = await startGateway({ orders: [orders] })
  const response = await send(`${gateway.url}/api/v1/orders/events`)
  expect(response.headers['content-type']).toBe('text/event-stream')
  events.write('data: 1\n\n')
  const [first] = await once(response.body, 'data')
  expect(String(first)).toBe('data: 1\n\n')
  response.body.on('error', () => {})
  response.body.destroy()
})

test('a service whose client reads slowly is held back', async () => {
  let written = 0
  const orders = await startUpstream((_request, response) => {
    const source = new Readable({
      read() {
        written += 65_536
        this.push(written > 64 * 1_048_576 ? null : Buffer.alloc(65_536))
      },
    })
    source.pipe(response).on('error', () => {})
  })
  const gateway = await startGateway({ orders: [orders] })
  const response = await send(`${gateway.url}/api/v1/orders`)
  let last = -1
  await expect.poll(() => written === last || ((last = written), false), { interval: 200, timeout: 10_000 }).toBe(true)
  expect(written).toBeLessThan(32 * 1_048_576)
  response.body.on('error', () => {})
  response.body.destroy()
})

test('a body sent in chunks arrives whole, as it comes', async () => {
  const begun = Promise.withResolvers<void>()
  const orders = await startUpstream((request, response) => {
    request.once('data', () => begun.resolve())
    request.on('end', () => response.end('{}'))
  })
  const gateway = await startGateway({ orders: [orders] })
  const body = new PassThrough()
  const pending = gateway.call('/api/v1/orders', { method: 'POST', body, headers: { 'content-type': 'application/json' } })
  body.write('{"a":')
  await begun.promise
  body.end('1}')
  expect((await pending).status).toBe(200)
  expect(orders.seen[0]).toMatchObject({ body: '{"a":1}', headers: { 'transfer-encoding': 'chunked' } })
})

test('Expect: 100-continue is met and does not travel on', async () => {
  const orders = await startUpstream()
  const gateway = await startGateway({ orders: [orders] })
  const head =
    'POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n'
  const received = await sendRaw(gateway.port, `${head}{}`)
  expect(received).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/u)
  expect(orders.seen[0]?.headers).not.toHaveProperty('expect')
  expect(await sendRaw(gateway.port, head.replace('100-continue', 'miracles'))).toMatch(
    /^HTTP\/1\.1 417 [\s\S]*\/problems\/expectation-failed/u,
  )
})

test('a client that goes away takes its request to the service with it', async () => {
  const arrived = Promise.withResolvers<void>()
  const closed = Promise.withResolvers<void>()
  const orders = await startUpstream((_request, response) => {
    arrived.resolve()
    response.on('close', () => closed.resolve())
  })
  const gateway = await startGateway({ orders: [orders] })
  const abort = new AbortController()
  const pending = send(`${gateway.url}/api/v1/orders`, { signal: abort.signal })
  await arrived.promise
  abort.abort()
  await expect(pending).rejects.toThrow('aborted')
  await closed.promise
})

test('GET and HEAD with a body are refused', async () => {
  const orders = await startUpstream()
  const gateway = await startGateway({ orders: [orders] })
  const answer = await gateway.call('/api/v1/orders', { method: 'GET', body: '{}' })
  expect(answer).toMatchObject({ status: 400, json: { type: '/problems/malformed-request' } })
  expect(orders.hits()).toBe(0)
})
