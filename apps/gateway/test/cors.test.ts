import { expect, test } from 'vitest'
import { startGateway } from './support/test-gateway.ts'
import { startUpstream } from './support/test-upstream.ts'

const shop = 'https://shop.example'
const preflight = { origin: shop, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' }

async function startPair(origins?: string) {
  const orders = await startUpstream()
  return { orders, gateway: await startGateway({ orders: [orders], environment: origins === undefined ? {} : { CORS_ORIGINS: origins } }) }
}

test('no origin is allowed unless configured', async () => {
  const { gateway } = await startPair()
  for (const origin of [shop, 'null', 'https://evil.example']) {
    const answer = await gateway.call('/api/v1/orders', { headers: { origin } })
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
  }
})

test('a configured origin may read answers, refusals and missing pages alike', async () => {
  const { gateway } = await startPair(`${shop}, https://admin.example`)
  const headers = { origin: shop }
  const answers = [
    await gateway.call('/api/v1/orders', { headers }),
    await gateway.call('/api/v1/orders', { headers: { ...headers, authorization: 'Bearer x' } }),
    await gateway.call('/api/v1/nothing', { headers }),
    await gateway.call('/nothing', { headers }),
  ]
  expect(answers.map(({ status }) => status)).toEqual([200, 401, 404, 404])
  for (const answer of answers) {
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': shop, vary: 'Origin' })
    expect(answer.headers['access-control-expose-headers']).toMatch(/\bRetry-After\b/u)
    expect(answer.headers).not.toHaveProperty('access-control-allow-credentials')
  }
})

test.each(['https://evil.example', 'null', 'https://shop.example.evil.example', 'http://shop.example', 'https://SHOP.example'])(
  'the origin %s is not allowed',
  async (origin) => {
    const { gateway } = await startPair(shop)
    const answer = await gateway.call('/api/v1/orders', { headers: { origin } })
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin')
    expect(answer.headers['vary']).toBe('Origin')
  },
)

test('a preflight is answered by the gateway and counts against no limit', async () => {
  const { gateway, orders } = await startPair(shop)
  const answer = await gateway.call('/api/v1/orders', { method: 'OPTIONS', headers: preflight })
  expect(answer.status).toBe(204)
  expect(answer.headers).toMatchObject({ 'access-control-allow-origin': shop, 'access-control-max-age': '600' })
  expect(answer.headers['access-control-allow-methods']).toMatch(/PATCH/u)
  expect(answer.headers['access-control-allow-headers']).toMatch(/Idempotency-Key/u)
  expect(answer.headers).not.toHaveProperty('ratelimit')
  expect(orders.hits()).toBe(0)
})

test('a preflight of another origin is allowed nothing', async () => {
  const { gateway } = await startPair(shop)
  const answer = await gateway.call('/api/v1/orders', { method: 'OPTIONS', headers: { ...preflight, origin: 'https://evil.example' } })
  for (const name of ['origin', 'methods', 'headers']) expect(answer.headers).not.toHaveProperty(`access-control-allow-${name}`)
})

test('Vary of the service is kept beside that of the gateway', async () => {
  const orders = await startUpstream((_request, response) => void response.writeHead(200, { vary: 'Accept' }).end())
  const gateway = await startGateway({ orders: [orders], environment: { CORS_ORIGINS: shop } })
  expect((await gateway.call('/api/v1/orders')).headers['vary']).toBe('Origin, Accept')
})

test('every answer has the security headers', async () => {
  const { gateway } = await startPair()
  for (const path of ['/api/v1/orders', '/api/v1/nothing', '/livez', '/docs/', '/problems/not-found']) {
    const { headers } = await gateway.call(path)
    expect(headers, path).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'x-frame-options': 'DENY',
    })
    expect(headers['strict-transport-security'], path).toMatch(/^max-age=\d+/u)
    expect(headers['content-security-policy'], path).toMatch(/default-src/u)
    expect(headers, path).not.toHaveProperty('x-powered-by')
  }
})

test('a page of a service keeps its own content policy, and that alone', async () => {
  const policy = "default-src 'none'; script-src 'sha256-abc'; frame-ancestors 'none'"
  const headers = { 'content-type': 'text/html', 'content-security-policy': policy, 'x-frame-options': 'ALLOWALL' }
  const orders = await startUpstream((_request, response) => void response.writeHead(200, headers).end('<p>'))
  const gateway = await startGateway({ orders: [orders] })
  const answer = await gateway.call('/api/v1/orders')
  expect(answer.headers).toMatchObject({
    'content-security-policy': policy,
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
  })
})
