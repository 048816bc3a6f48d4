import { expect, test } from 'vitest'
import { sendRaw, startGateway } from './support/test-gateway.ts'
import { startUpstream } from './support/test-upstream.ts'

async function startPair() {
  const orders = await startUpstream()
  return { orders, gateway: await startGateway({ orders: [orders] }) }
}

function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/u.exec(answer)?.[1])
}

function problemOf(answer: string): string | undefined {
  return /"type":"([^"]+)"/u.exec(answer)?.[1]
}

const ambiguous = [
  '/api/v1/orders/../users',
  '/api/v1/orders/%2e%2e/users',
  '/api/v1/orders/.%2E/users',
  '/api/v1/orders/./7',
  '/api/v1/orders/..;/users',
  '/api/v1/orders/..%2fusers',
  '/api/v1/orders/a%2Fb',
  '/api/v1/orders/..%5cusers',
  '/api/v1/orders/..\\users',
  '/api/v1/orders/%252e%252e%252fusers',
  '/api/v1/orders/%25',
  '/api/v1//orders',
  '/api/v1/orders//7',
  '//evil.example/api/v1/orders',
  '/api/v1/orders/%00',
  '/api/v1/orders/a%0d%0ab',
  '/api/v1/orders/%zz',
  '/api/v1/orders/%ff',
  '/api/v1/orders/%ed%a0%80',
  '/api/v1/orders/7#fragment',
  'http://evil.example/api/v1/orders',
  '/api/v1/orders?a=%zz',
  '/api/v1/orders?a=%00',
]

test.each(ambiguous)('400 for the target %s, and no service is asked', async (target) => {
  const { gateway, orders } = await startPair()
  const answer = await sendRaw(gateway.port, `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  expect(statusOf(answer)).toBe(400)
  expect(['/problems/invalid-url', '/problems/malformed-request']).toContain(problemOf(answer))
  expect(orders.hits()).toBe(0)
})

test('ordinary targets pass unchanged', async () => {
  const { gateway, orders } = await startPair()
  const targets = [
    '/orders',
    '/orders/',
    '/orders/a.b',
    '/orders/a..b',
    '/orders/.hidden',
    '/orders/%C3%A4',
    '/orders/a%20b',
    "/orders/~a!$&'()*+,;=:@",
    '/orders?next=http://a/../b&x=%2F',
  ]
  for (const target of targets)
    expect((await sendRaw(gateway.port, `GET /api/v1${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).slice(0, 12)).toBe(
      'HTTP/1.1 200',
    )
  expect(orders.seen.map(({ url }) => url)).toEqual(targets)
})

test('404 for an unknown route, without the address in the answer', async () => {
  const { gateway } = await startPair()
  for (const path of ['/nothing-here', '/api/v1/nothing-here']) {
    const answer = await gateway.call(`${path}?secret=1`)
    expect(answer).toMatchObject({
      status: 404,
      json: { type: '/problems/not-found' },
      headers: { 'content-type': 'application/problem+json; charset=utf-8' },
    })
    expect(answer.text).not.toContain('secret')
  }
})

test('405 with Allow for a method that no service takes', async () => {
  const { gateway, orders } = await startPair()
  const answer = await sendRaw(gateway.port, 'TRACE /api/v1/orders HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
  expect(statusOf(answer)).toBe(405)
  expect(problemOf(answer)).toBe('/problems/method-not-allowed')
  expect(answer).toMatch(/\r\nallow: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT\r\n/iu)
  expect(orders.hits()).toBe(0)
})

const malformed = new Map([
  ['an unknown method', 'FOO /api/v1/orders HTTP/1.1\r\nHost: x\r\n\r\n'],
  ['lines that end in LF only', 'GET /api/v1/orders HTTP/1.1\nHost: x\n\n'],
  ['no Host', 'GET /api/v1/orders HTTP/1.1\r\nConnection: close\r\n\r\n'],
  ['NUL in a header', 'GET /api/v1/orders HTTP/1.1\r\nHost: x\r\nAccept: a\u0000b\r\n\r\n'],
  ['a folded header', 'GET /api/v1/orders HTTP/1.1\r\nHost: x\r\nAccept: a\r\n b\r\n\r\n'],
  [
    'Content-Length and Transfer-Encoding',
    'POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['two Content-Length', 'POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}'],
  ['Transfer-Encoding: xchunked', 'POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
  [
    'Transfer-Encoding: identity, chunked',
    'POST /api/v1/orders HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n',
  ],
])

test.each([...malformed])('400 and a closed connection for %s', async (_name, text) => {
  const { gateway, orders } = await startPair()
  // sendRaw ends when the gateway closes.
  const answer = await sendRaw(gateway.port, text)
  expect(statusOf(answer)).toBe(400)
  expect(problemOf(answer)).toBe('/problems/malformed-request')
  expect(orders.hits()).toBe(0)
})

test.each([...malformed])('a request hidden behind %s is not executed', async (_name, text) => {
  const { gateway, orders } = await startPair()
  // A connection to the service stands ready, so that nothing but a refusal can hold the hidden request back.
  await gateway.call('/api/v1/orders')
  await sendRaw(gateway.port, `${text}GET /api/v1/orders/hidden HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  expect(orders.hits()).toBe(1)
})

test('431 for 20 KB of headers or request line', async () => {
  const { gateway } = await startPair()
  const long = 'a'.repeat(20_480)
  for (const text of [
    `GET /api/v1/orders HTTP/1.1\r\nHost: x\r\nAccept: ${long}\r\n\r\n`,
    `GET /api/v1/orders/${long} HTTP/1.1\r\nHost: x\r\n\r\n`,
  ]) {
    const answer = await sendRaw(gateway.port, text)
    expect(statusOf(answer)).toBe(431)
    expect(problemOf(answer)).toBe('/problems/headers-too-large')
  }
})

test('414 for a request line of 9 KB', async () => {
  const { gateway } = await startPair()
  expect(await gateway.call(`/api/v1/orders/${'a'.repeat(9_000)}`)).toMatchObject({ status: 414, json: { type: '/problems/uri-too-long' } })
})

test('two requests in one packet are both answered, in order', async () => {
  const { gateway, orders } = await startPair()
  const one = (path: string, last = '') => `GET /api/v1/orders/${path} HTTP/1.1\r\nHost: x\r\n${last}\r\n`
  const answer = await sendRaw(gateway.port, one('1') + one('2', 'Connection: close\r\n'))
  expect(answer.match(/HTTP\/1\.1 200/gu)).toHaveLength(2)
  expect(orders.hits()).toBe(2)
})
