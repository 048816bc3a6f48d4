import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { customer, type DemoService, signed, startDemoService } from './support/demo-service.ts'
import { checkProblem, expectProblem } from './support/expect-problem.ts'
import { type RawAnswer, rawRequest, sendRaw } from './support/raw-request.ts'

let demo: DemoService
beforeAll(async () => (demo = await startDemoService()))
afterAll(() => demo.close())
beforeEach(() => void demo.calls.splice(0))

const identityLines = () =>
  Object.entries(signed(customer))
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
const get = (target: string, method = 'GET') =>
  sendRaw(demo.port, `${method} ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${identityLines()}\r\n`)
const raw = (head: string, body = '') => sendRaw(demo.port, `${head}\r\n${body}`)
function expectRaw(answer: RawAnswer, status: number, slug: string): void {
  checkProblem({ status: answer.status, contentType: answer.headers['content-type'] ?? '', body: answer.body }, status, slug)
}

describe('addresses', () => {
  const invalid = {
    '20 NUL in the path': '/orders/a%00b',
    '20 NUL in the query': '/orders?cursor=a%00b',
    '32 a broken escape': '/orders/%zz',
    '32 an escape that is not UTF-8': '/orders/%ff',
    '32 a broken escape in the query': '/orders?cursor=%zz',
    '21 a lone surrogate in the query': '/orders?cursor=%ed%a0%80',
    '46 dot segments': '/orders/../admin',
    '46 encoded dots': '/orders/%2e%2e/admin',
    '46 an encoded slash': '/orders/..%2fadmin',
    '46 an encoded backslash': '/orders/..%5cadmin',
    '48 an absolute URI': 'http://evil.example/orders',
    '48 two slashes': '//evil.example/orders',
    '48 an asterisk': '*',
  }
  for (const [name, target] of Object.entries(invalid)) {
    test(`400 invalid-url for ${name}`, async () => expectRaw(await get(target, target === '*' ? 'OPTIONS' : 'GET'), 400, 'invalid-url'))
  }

  test('404 for dots that were encoded twice (47)', async () => expectRaw(await get('/orders/%252e%252e%252fadmin/x'), 404, 'not-found'))

  test('400 naming the parameter for __proto__ in a query (8)', async () =>
    expectRaw(await get('/orders?__proto__=1'), 400, 'invalid-request'))

  test('414 for a path part of 101 characters and for a long address (30, 31)', async () => {
    expectRaw(await get(`/orders/${'a'.repeat(101)}`), 414, 'uri-too-long')
    expectRaw(await get(`/orders?cursor=${'a'.repeat(9_000)}`), 414, 'uri-too-long')
  })

  test('431 for an address or a header of 20 KB (30)', async () => {
    expectRaw(await get(`/orders?cursor=${'a'.repeat(20_000)}`), 431, 'headers-too-large')
    expectRaw(await raw(`GET /orders HTTP/1.1\r\nhost: x\r\nx-long: ${'a'.repeat(20_000)}\r\n`), 431, 'headers-too-large')
  })

  for (const target of ['/nowhere?token=canary', '/nowhere/canary', '/ORDERS', '/orders/a/b']) {
    test(`404 without an echo for ${target} (33)`, async () => {
      const answer = await get(target)
      expectRaw(answer, 404, 'not-found')
      expect(answer.all).not.toContain('canary')
    })
  }
})

describe('parameters', () => {
  for (const query of [
    'limit=0',
    'limit=-1',
    'limit=101',
    'limit=1e10',
    'limit=1.5',
    'limit=',
    'limit=abc',
    'limit=5&limit=6',
    'limit[$gt]=1',
    'unknown=1',
    'open=1',
    'open=yes',
    `cursor=${'a'.repeat(2_049)}`,
  ]) {
    test(`400 naming the parameter for ?${query.slice(0, 20)} (76)`, async () => {
      const answer = await get(`/orders?${query}`)
      expectRaw(answer, 400, 'invalid-request')
      expect(JSON.parse(answer.body)).toMatchObject({ errors: [{ parameter: query.split('=')[0] }] })
    })
  }

  test('text becomes a number or a boolean by the rules of the schema, and has a default', async () => {
    expect(JSON.parse((await get('/orders?limit=100&open=false')).body)).toEqual({ items: [], limit: 100, open: false })
    expect(JSON.parse((await get('/orders')).body)).toEqual({ items: [], limit: 20, open: null })
  })

  for (const id of ['zz', '12', '01912f4e7c3a7b2e8d1f0123456789ab', "1'or'1'='1"]) {
    test(`400 for an id that is ${id} (79)`, async () => expectRaw(await get(`/orders/${id}`), 400, 'invalid-request'))
  }
})

describe('methods', () => {
  test('405 with Allow for a method that the address does not know (34)', async () => {
    const answer = await get('/orders', 'DELETE')
    expectRaw(answer, 405, 'method-not-allowed')
    expect(answer.headers['allow']).toBe('GET, HEAD, POST')
    expect((await get('/orders/01912f4e-7c3a-7b2e-8d1f-0123456789ab', 'PUT')).headers['allow']).toBe('DELETE, GET, HEAD, PATCH')
  })

  test('405 for TRACE and for PROPFIND (34)', async () => {
    expectRaw(await get('/orders', 'TRACE'), 405, 'method-not-allowed')
    expectRaw(await get('/orders', 'PROPFIND'), 405, 'method-not-allowed')
  })

  test('400 for a method that HTTP does not know (35)', async () => expectRaw(await get('/orders', 'FOO'), 400, 'malformed-request'))

  test('HEAD answers like GET, without a body', async () => {
    const answer = await get('/orders', 'HEAD')
    expect([answer.status, answer.headers['content-type'], answer.body]).toEqual([200, 'application/json; charset=utf-8', ''])
  })
})

describe('framing', () => {
  const malformed = {
    '35 lines that end in LF only': 'GET /orders HTTP/1.1\nhost: x\n',
    '35 no Host': 'GET /orders HTTP/1.1\r\nconnection: close\r\n',
    '35 NUL in a header': 'GET /orders HTTP/1.1\r\nhost: x\r\nx-a: a\u0000b\r\n',
    '36 a length and chunks': 'POST /notes HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n',
    '36 two lengths': 'POST /notes HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n',
    '36 an unknown transfer encoding': 'POST /notes HTTP/1.1\r\nhost: x\r\ntransfer-encoding: xchunked\r\n',
    '37 identity and chunked': 'POST /notes HTTP/1.1\r\nhost: x\r\ntransfer-encoding: identity, chunked\r\n',
    'not HTTP at all': '\u0016\u0003\u0001\u0002\u0000',
  }
  for (const [name, head] of Object.entries(malformed)) {
    test(`400 and a closed connection for ${name}`, async () => {
      const answer = await raw(head, '0\r\n\r\n')
      expectRaw(answer, 400, 'malformed-request')
      expect(answer.headers['connection']).toBe('close')
    })
  }

  test('a request smuggled behind a refused one is not executed (38)', async () => {
    const smuggled = rawRequest({
      target: '/orders',
      headers: { ...signed(customer), 'content-type': 'application/json' },
      body: '{"lines":[{"sku":"A","quantity":1}]}',
    })
    const head = `POST /notes HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n${identityLines()}\r\n0\r\n\r\n`
    const answer = await sendRaw(demo.port, Buffer.concat([Buffer.from(head), smuggled]))
    expectRaw(answer, 400, 'malformed-request')
    expect([demo.calls, answer.all.match(/HTTP\/1\.1/gu)]).toEqual([[], ['HTTP/1.1']])
  })

  test('a length that is larger than the body ends in no call', async () => {
    await sendRaw(
      demo.port,
      `POST /orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 500\r\n${identityLines()}\r\n{"lines":[]}`,
    )
    expect(demo.calls).toEqual([])
  })

  test('417 for an expectation other than 100-continue, which is met', async () => {
    expectRaw(await raw('GET /orders HTTP/1.1\r\nhost: x\r\nexpect: the-impossible\r\n'), 417, 'expectation-failed')
    const answer = await sendRaw(
      demo.port,
      rawRequest({ headers: { ...signed(customer), 'content-type': 'application/json', expect: '100-continue' }, body: '{"a":1}' }),
    )
    expect(answer.all).toContain('HTTP/1.1 100 Continue')
    expect(answer.all).toContain('{"a":1}')
  })
})

describe('failures inside', () => {
  test('500 shows nothing of the error (89)', async () => {
    const problem = await expectProblem(await fetch(`${demo.url}/broken`, { headers: signed(customer) }), 500, 'internal-error')
    expect(JSON.stringify(problem)).not.toMatch(/hunter2|postgres|db\.internal/u)
  })

  test('503 with Retry-After when the database is down, without its address', async () => {
    const response = await fetch(`${demo.url}/database`, { headers: signed(customer) })
    expect(response.headers.get('retry-after')).toBe('1')
    expect(JSON.stringify(await expectProblem(response, 503, 'unavailable'))).not.toMatch(/127\.0\.0\.1|hunter2/u)
  })

  test('503 with Retry-After when a handler takes too long, and its signal is aborted', async () => {
    const response = await fetch(`${demo.url}/slow`, { headers: signed(customer) })
    expect(response.headers.get('retry-after')).toBe('1')
    await expectProblem(response, 503, 'handler-timeout')
    expect(demo.calls).toEqual(['slow was aborted'])
  })
})

describe('request ids and traces', () => {
  const idOf = async (id?: string) =>
    (await fetch(`${demo.url}/livez`, { headers: id === undefined ? {} : { 'x-request-id': id } })).headers.get('x-request-id')

  test('a request id of letters, digits, _ and - is kept; any other is replaced (88)', async () => {
    expect(await idOf('client-id_42')).toBe('client-id_42')
    for (const id of [undefined, '<script>', 'a'.repeat(65), 'a b', 'a;b']) expect(await idOf(id)).toMatch(/^[0-9a-f-]{36}$/u)
  })

  const traceIdOf = async (traceparent: string) => {
    const response = await fetch(`${demo.url}/orders/zz`, { headers: { ...signed(customer), traceparent } })
    return (await expectProblem(response, 400, 'invalid-request')).traceId
  }

  test('a valid traceparent is continued', async () => {
    expect(await traceIdOf('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01')).toBe('4bf92f3577b34da6a3ce929d0e0e4736')
    expect(await traceIdOf('01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more')).toBe('4bf92f3577b34da6a3ce929d0e0e4736')
  })

  for (const traceparent of [
    '00-00000000000000000000000000000000-00f067aa0ba902b7-01',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01',
    'ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    '00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more',
    'garbage',
  ]) {
    test(`a new trace begins for traceparent ${traceparent}`, async () => {
      expect(await traceIdOf(traceparent)).not.toBe('4bf92f3577b34da6a3ce929d0e0e4736')
    })
  }
})
