import { createService, Problem, type Service } from '@polystore/service-kit'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { internalSecret, startGateway } from './support/test-gateway.ts'
import { accessToken } from './support/test-tokens.ts'
import { portOf } from './support/test-upstream.ts'

const order = z.strictObject({ id: z.string(), owner: z.string() }).meta({ id: 'Order' })

/** A service as the real ones are made, with one route for users and one for other services. */
async function startOrders(
  options: { port?: number; schema?: () => Promise<string | undefined> } = {},
): Promise<{ url: string; port: number; service: Service }> {
  const { schema: fits = async () => undefined } = options
  const service = createService({ name: 'orders', version: '1.0.0', internalSecret, logLevel: 'silent', schema: fits })
  const schema = { summary: 'Place an order', tags: ['orders'], body: z.strictObject({ sku: z.string() }), response: { 201: order } }
  service.post(
    '/orders',
    { config: { access: 'user' }, schema: { operationId: 'placeOrder', ...schema, problems: ['insufficient-stock'] } },
    (request, reply) => {
      if (request.body.sku === 'none') throw new Problem('insufficient-stock', { errors: [{ pointer: '#/sku', detail: 'none left' }] })
      const owner = request.identity.kind === 'user' ? request.identity.id : ''
      reply.code(201).headers({ location: '/orders/7', etag: '"1"' })
      return { id: '7', owner }
    },
  )
  service.post('/orders/sweep', { config: { access: 'service' }, schema: { hide: true } }, () => ({ swept: true }))
  await service.listen({ host: '127.0.0.1', port: options.port ?? 0 })
  onTestFinished(() => service.close())
  const port = portOf(service.server)
  return { url: `http://127.0.0.1:${port}`, port, service }
}

const json = { 'content-type': 'application/json' }

test('a user places an order through the gateway and cannot do so around it', async () => {
  const orders = await startOrders()
  const gateway = await startGateway({ orders: [orders.url] })
  const sub = '6a7d7a64-3f3e-4f3c-9d0e-0f1d2c3b4a59'
  const token = accessToken(gateway.key, { claims: { sub } })
  const placed = await gateway.call('/api/v1/orders', { method: 'POST', token, headers: json, body: '{"sku":"a"}' })
  expect(placed).toMatchObject({ status: 201, json: { id: '7', owner: sub }, headers: { location: '/api/v1/orders/7', etag: '"1"' } })
  const around = await fetch(`${orders.url}/orders`, {
    method: 'POST',
    headers: { ...json, authorization: `Bearer ${token}`, 'x-user-id': sub },
    body: '{"sku":"a"}',
    signal: AbortSignal.timeout(5_000),
  })
  expect(around.status).toBe(401)
  expect(await around.json()).toMatchObject({ type: '/problems/not-through-gateway' })
})

test('problems of the service arrive as it wrote them, with one trace id for both', async () => {
  const gateway = await startGateway({ orders: [(await startOrders()).url] })
  const token = accessToken(gateway.key)
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
  const send = (body: string, headers: Record<string, string> = json) =>
    gateway.call('/api/v1/orders', {
      method: 'POST',
      token,
      body,
      headers: { ...headers, traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
    })
  expect(await send('{"sku":"none"}')).toMatchObject({
    status: 409,
    json: { type: '/problems/insufficient-stock', instance: '/api/v1/orders', errors: [{ pointer: '#/sku' }], traceId },
  })
  expect(await send('{"sku":')).toMatchObject({ status: 400, json: { type: '/problems/invalid-json', traceId } })
  expect(await send('{"sku":"a","role":"admin"}')).toMatchObject({ status: 400, json: { type: '/problems/invalid-request' } })
  expect(await send('sku=a', { 'content-type': 'text/plain' })).toMatchObject({
    status: 415,
    json: { type: '/problems/unsupported-media-type' },
  })
  expect(await gateway.call('/api/v1/orders', { method: 'PUT', token })).toMatchObject({
    status: 405,
    json: { type: '/problems/method-not-allowed' },
  })
  expect(await gateway.call('/api/v1/orders/nothing', { token })).toMatchObject({ status: 404, json: { type: '/problems/not-found' } })
})

test('without a token the service asks for one, and a route for services stays closed to every user', async () => {
  const gateway = await startGateway({ orders: [(await startOrders()).url] })
  const anonymous = await gateway.call('/api/v1/orders', { method: 'POST', headers: json, body: '{"sku":"a"}' })
  expect(anonymous).toMatchObject({ status: 401, json: { type: '/problems/unauthenticated' } })
  expect(anonymous.headers['www-authenticate']).toBe('Bearer')
  const token = accessToken(gateway.key, { claims: { roles: ['admin'] } })
  expect(await gateway.call('/api/v1/orders/sweep', { method: 'POST', token })).toMatchObject({
    status: 403,
    json: { type: '/problems/forbidden' },
  })
})

test('the description of the service is merged under its public path', async () => {
  const gateway = await startGateway({ orders: [(await startOrders()).url] })
  const { json: document, text } = await gateway.call('/openapi.json')
  expect(document).toMatchObject({
    paths: {
      '/api/v1/orders': {
        post: { operationId: 'placeOrder', security: [{ accessToken: [] }], responses: { 201: {}, 409: {}, 429: {}, 503: {}, 504: {} } },
      },
    },
    components: { schemas: { Order: { type: 'object' }, Problem: {} } },
  })
  expect(text).not.toMatch(/sweep|livez|x-polystore-identity/u)
})

test('no request fails while one of two addresses restarts', async () => {
  const [first, second] = [await startOrders(), await startOrders()]
  const gateway = await startGateway({ orders: [first.url, second.url], tuning: { upstream: { probeIntervalMs: 50 } } })
  const token = accessToken(gateway.key)
  const answers: string[] = []
  let stopped = false
  const client = async (): Promise<void> => {
    while (!stopped) {
      const { status, text } = await gateway.call('/api/v1/orders', { method: 'POST', token, headers: json, body: '{"sku":"a"}' })
      answers.push(status === 201 ? '201' : text)
    }
  }
  const clients = Array.from({ length: 8 }, client)
  const handled = async (more: number): Promise<void> => {
    const wanted = answers.length + more
    await expect.poll(() => answers.length, { timeout: 10_000 }).toBeGreaterThan(wanted)
  }
  await handled(100)
  // As runService does: not ready first, closed when balancers have seen it.
  second.service.state.drain()
  await expect
    .poll(() => gateway.call('/health', { token: accessToken(gateway.key, { claims: { roles: ['staff'] } }) }).then(({ text }) => text))
    .toContain('"address":2,"ready":false')
  await second.service.close()
  await handled(100)
  await startOrders({ port: second.port })
  await handled(100)
  stopped = true
  await Promise.all(clients)
  expect(new Set(answers)).toEqual(new Set(['201']))
}, 40_000)

test('a service whose schema does not fit is shown as not ready; alone it refuses by itself, beside another it gets no requests', async () => {
  const probed = { tuning: { upstream: { probeIntervalMs: 50 } } }
  const unfit = await startOrders({ schema: () => Promise.resolve('0003-add-phone is pending.') })
  const alone = await startGateway({ orders: [unfit.url], ...probed })
  const health = async (gateway: typeof alone): Promise<string> =>
    (await gateway.call('/health', { token: accessToken(gateway.key, { claims: { roles: ['staff'] } }) })).text
  const place = (gateway: typeof alone) =>
    gateway.call('/api/v1/orders', { method: 'POST', token: accessToken(gateway.key), headers: json, body: '{"sku":"a"}' })
  await expect.poll(() => health(alone)).toContain('"address":1,"ready":false')
  for (let attempt = 0; attempt < 6; attempt++) {
    expect(await place(alone)).toMatchObject({ status: 503, headers: { 'retry-after': '5' }, json: { type: '/problems/not-ready' } })
  }
  const both = await startGateway({ orders: [unfit.url, (await startOrders()).url], ...probed })
  await expect.poll(() => health(both)).toContain('"address":1,"ready":false')
  for (let attempt = 0; attempt < 6; attempt++) expect(await place(both)).toMatchObject({ status: 201 })
}, 20_000)
