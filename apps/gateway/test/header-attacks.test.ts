import { expect, test } from 'vitest'
import { identityOf, sendRaw, startGateway } from './support/test-gateway.ts'
import { accessToken } from './support/test-tokens.ts'
import { startUpstream } from './support/test-upstream.ts'

/** Sends raw headers through a gateway and tells what the service saw. */
async function forward(headers: readonly string[], options: { path?: string } = {}) {
  const orders = await startUpstream()
  const gateway = await startGateway({ orders: [orders] })
  const lines = [`GET ${options.path ?? '/api/v1/orders'} HTTP/1.1`, 'Host: shop.example', ...headers]
  const text = `${lines.join('\r\n')}\r\n${headers.some((line) => /^connection:/iu.test(line)) ? '' : 'Connection: close\r\n'}\r\n`
  const answer = await sendRaw(gateway.port, text, '{"ok":true}')
  return { answer, seen: orders.seen[0], gateway, hits: orders.hits() }
}

test('identity headers of a client are ignored, in every spelling', async () => {
  const forged = [
    'X-User-Id: admin',
    'X_User_Id: admin',
    'x-user-id: admin2',
    'X-User-Roles: admin',
    'X-Polystore-Identity: eyJhbGciOiJub25lIn0.e30.',
    'X_Polystore_Identity: eyJhbGciOiJub25lIn0.e30.',
    'x-polystore-anything: 1',
  ]
  const { seen } = await forward(forged)
  expect(identityOf(seen)).toEqual({ kind: 'anonymous' })
  const names = (seen?.rawHeaders ?? []).filter((_text, index) => index % 2 === 0).map((name) => name.toLowerCase())
  expect(names.filter((name) => /user|_|anything/u.test(name))).toEqual([])
  expect(names.filter((name) => name === 'x-polystore-identity')).toHaveLength(1)
})

test('Connection cannot name the identity header away', async () => {
  const { seen, answer } = await forward([
    'Connection: close, x-polystore-identity, x-user-id, authorization, traceparent, x-forwarded-for',
  ])
  expect(answer).toMatch(/^HTTP\/1\.1 200/u)
  expect(identityOf(seen)).toEqual({ kind: 'anonymous' })
  expect(seen?.headers).toHaveProperty('traceparent')
  expect(seen?.headers).toHaveProperty('x-forwarded-for')
})

test('headers that Connection names stay on their hop', async () => {
  const { seen } = await forward(['Connection: close, Prefer', 'Prefer: return=minimal', 'Accept-Language: de'])
  expect(seen?.headers).not.toHaveProperty('prefer')
  expect(seen?.headers['accept-language']).toBe('de')
})

test('hop-by-hop and proxy headers are answered normally and do not travel on', async () => {
  const names = [
    'Keep-Alive: 300',
    'TE: trailers',
    'Trailer: x',
    'Proxy-Authorization: Basic eDp5',
    'Proxy-Connection: close',
    'Upgrade: h2c',
  ]
  const { answer, seen } = await forward(names)
  expect(answer).toMatch(/^HTTP\/1\.1 200/u)
  for (const name of ['te', 'trailer', 'proxy-authorization', 'proxy-connection', 'upgrade', 'keep-alive'])
    expect(seen?.headers).not.toHaveProperty(name)
})

test('forwarding headers of a client are replaced by the address of its socket', async () => {
  const { seen } = await forward([
    'X-Forwarded-For: 203.0.113.9',
    'Forwarded: for=203.0.113.9',
    'X-Real-IP: 203.0.113.9',
    'X-Forwarded-Host: evil',
  ])
  expect(seen?.headers['x-forwarded-for']).toBe('127.0.0.1')
  for (const name of ['forwarded', 'x-real-ip', 'x-forwarded-host', 'x-forwarded-proto']) expect(seen?.headers).not.toHaveProperty(name)
})

test('cookies and tokens of a client stay at the gateway', async () => {
  const orders = await startUpstream()
  const gateway = await startGateway({ orders: [orders] })
  await gateway.call('/api/v1/orders', { token: accessToken(gateway.key), headers: { cookie: 'a=b' } })
  expect(orders.seen[0]?.headers).not.toHaveProperty('cookie')
  expect(orders.seen[0]?.headers).not.toHaveProperty('authorization')
})

test('a request id is kept if it is plain, else replaced', async () => {
  const plain = await forward(['X-Request-Id: order-7_b'])
  expect(plain.seen?.headers['x-request-id']).toBe('order-7_b')
  for (const odd of ['<script>', 'a b', 'x'.repeat(65), '{{7*7}}']) {
    const { seen, answer } = await forward([`X-Request-Id: ${odd}`])
    expect(seen?.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/u)
    expect(answer).not.toContain(odd)
  }
})

test('a damaged traceparent begins a new trace', async () => {
  const { seen } = await forward([`traceparent: 00-${'0'.repeat(32)}-00f067aa0ba902b7-01`])
  expect(seen?.headers['traceparent']).toMatch(/^00-(?!0{32})[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/u)
})
