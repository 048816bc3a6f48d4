import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { customer, type DemoService, signed, startDemoService } from './support/demo-service.ts'
import { checkProblem, expectProblem } from './support/expect-problem.ts'
import { rawRequest, sendRaw } from './support/raw-request.ts'

let demo: DemoService
beforeAll(async () => (demo = await startDemoService()))
afterAll(() => demo.close())

const post = (path: string, body: string | Buffer<ArrayBuffer>, headers: Record<string, string> = {}) =>
  fetch(`${demo.url}${path}`, { method: 'POST', headers: { ...signed(customer), 'content-type': 'application/json', ...headers }, body })
const placeOrder = (lines: string) => post('/orders', `{"lines":[${lines}]}`)
const echoed = async (response: Response) => ({ status: response.status, body: await response.json() })

describe('bodies that are not JSON', () => {
  const refused = {
    '1 malformed JSON': '{"name":',
    '2 an empty body': '',
    '4 a trailing comma': '{"name":"a",}',
    '6 __proto__': '{"__proto__":{"admin":true}}',
    '6 __proto__ with escapes': '{"\\u005f_proto__":{"admin":true}}',
    '6 __proto__ deep inside': '{"a":[{"b":{"__proto__":1}}]}',
    '7 constructor.prototype': '{"constructor":{"prototype":{"admin":true}}}',
    '19 NUL in a text': '{"name":"a\\u0000b"}',
    '19 NUL in a name': '{"a\\u0000":1}',
    '21 a lone surrogate': '{"name":"\\ud800"}',
    '27 100,000 levels': '['.repeat(30_000) + ']'.repeat(30_000),
    'more than 32 levels': `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`,
  }
  for (const [name, body] of Object.entries(refused)) {
    test(`400 invalid-json for ${name}`, async () => void (await expectProblem(await post('/notes', body), 400, 'invalid-json')))
  }

  test('400 invalid-json for invalid UTF-8 (21)', async () => {
    const body = Buffer.concat([Buffer.from('{"name":"'), Buffer.from([0xc3, 0x28, 0xff]), Buffer.from('"}')])
    await expectProblem(await post('/notes', body), 400, 'invalid-json')
  })

  test('100,000 levels in a body that may be large are 400, not a crash (27)', async () => {
    const large = await startDemoService({ bodyLimitBytes: 1_000_000 })
    const body = '['.repeat(100_000) + ']'.repeat(100_000)
    await expectProblem(
      await fetch(`${large.url}/notes`, { method: 'POST', headers: { ...signed(customer), 'content-type': 'application/json' }, body }),
      400,
      'invalid-json',
    )
    await large.close()
  })

  test('the last of two equal names counts, as documented (5)', async () => {
    expect(await echoed(await post('/notes', '{"a":1,"a":2}'))).toEqual({ status: 200, body: { a: 2 } })
  })

  test('32 levels, emoji and a constructor without prototype pass', async () => {
    const body = `{"constructor":{"name":"C"},"text":"😀","deep":${'['.repeat(31)}${']'.repeat(31)}}`
    expect(await echoed(await post('/notes', body))).toEqual({ status: 200, body: JSON.parse(body) })
  })
})

describe('bodies that do not match the schema', () => {
  for (const body of ['null', '[]', '"text"', '7', 'true']) {
    test(`400 invalid-request for a top-level ${body} (3)`, async () =>
      void (await expectProblem(await post('/orders', body), 400, 'invalid-request')))
  }

  test('400 naming each unknown field, at the top and inside (9, 10)', async () => {
    const body = '{"role":"admin","status":"PAID","lines":[{"sku":"A","quantity":1,"price":1}]}'
    const problem = await expectProblem(await post('/orders', body), 400, 'invalid-request')
    expect(problem.errors?.map((fault) => fault.pointer).sort()).toEqual(['#/lines/0/price', '#/role', '#/status'])
  })

  for (const quantity of ['"5"', 'true', 'null', '0', '-1', '1.5', '1e400', '9007199254740993', '3000000000', '[1]', '{"$gt":0}', '-0']) {
    test(`400 for quantity ${quantity} (11-13, 15-18)`, async () => {
      const problem = await expectProblem(await placeOrder(`{"sku":"A","quantity":${quantity}}`), 400, 'invalid-request')
      expect(problem.errors?.[0]?.pointer).toBe('#/lines/0/quantity')
    })
  }

  for (const constant of ['NaN', 'Infinity']) {
    test(`400 invalid-json for ${constant} (18)`, async () =>
      void (await expectProblem(await placeOrder(`{"sku":"A","quantity":${constant}}`), 400, 'invalid-json')))
  }

  for (const sku of ['5', '["a"]', '{"$ne":null}']) {
    test(`400 for a SKU that is ${sku} (14, 72)`, async () =>
      void (await expectProblem(await placeOrder(`{"sku":${sku},"quantity":1}`), 400, 'invalid-request')))
  }

  test('400 for no lines and for 10,001 lines, with at most 20 faults (28)', async () => {
    await expectProblem(await placeOrder(''), 400, 'invalid-request')
    const lines = Array.from({ length: 10_001 }, () => '{"s":1}').join(',')
    await expectProblem(await post('/orders', `{"lines":[${lines}]}`), 413, 'body-too-large')
    const over = Array.from({ length: 1_001 }, () => '{"sku":"A","quantity":1}').join(',')
    expect((await expectProblem(await placeOrder(over), 400, 'invalid-request')).errors?.[0]?.pointer).toBe('#/lines')
    const many = Array.from({ length: 100 }, () => '{"s":1}').join(',')
    expect((await expectProblem(await placeOrder(many), 400, 'invalid-request')).errors).toHaveLength(20)
  })

  test('faults never quote a value', async () => {
    const response = await post('/orders', '{"lines":[{"sku":7341,"quantity":"canary-7341"}]}')
    expect(await response.text()).not.toContain('7341')
  })

  test('400 for operator and dotted names where a schema names its fields (80)', async () => {
    await expectProblem(await post('/orders', '{"lines":[{"sku":"A","quantity":1}],"$where":"1","a.b":1}'), 400, 'invalid-request')
  })

  test('HTML and CRLF are kept as they are, and answered as JSON (88)', async () => {
    const name = '<script>alert(1)</script>\r\nX-Injected: 1'
    const response = await post('/notes', JSON.stringify({ name }))
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8')
    expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    expect(response.headers.has('x-injected')).toBe(false)
    expect(await response.json()).toEqual({ name })
  })
})

describe('media types, encodings and sizes', () => {
  const refused = [
    'text/plain',
    'application/xml',
    'application/json; charset=utf-16',
    'application/json; charset=utf-8; q=1',
    'application/json;',
    'application/json,text/plain',
    'application/jsonx',
    'multipart/form-data',
    'application/merge-patch+json',
  ]
  for (const contentType of refused.filter((type) => type !== 'application/json;')) {
    test(`415 for ${contentType} (22, 24, 25)`, async () =>
      void (await expectProblem(await post('/notes', '{}', { 'content-type': contentType }), 415, 'unsupported-media-type')))
  }

  test('415 for application/json with a tab and a tail (25, CVE-2026-25223)', async () => {
    const answer = await sendRaw(
      demo.port,
      rawRequest({ headers: { ...signed(customer), 'content-type': 'application/json\ta' }, body: '{}' }),
    )
    checkProblem(
      { status: answer.status, contentType: answer.headers['content-type'] ?? '', body: answer.body },
      415,
      'unsupported-media-type',
    )
  })

  test('415 without a content type (24)', async () => {
    const answer = await sendRaw(demo.port, rawRequest({ headers: signed(customer), body: '{}' }))
    checkProblem(
      { status: answer.status, contentType: answer.headers['content-type'] ?? '', body: answer.body },
      415,
      'unsupported-media-type',
    )
  })

  test('415 for a content encoding (23)', async () => {
    const answer = await sendRaw(
      demo.port,
      rawRequest({ headers: { ...signed(customer), 'content-type': 'application/json', 'content-encoding': 'gzip' }, body: '{}' }),
    )
    checkProblem(
      { status: answer.status, contentType: answer.headers['content-type'] ?? '', body: answer.body },
      415,
      'unsupported-media-type',
    )
  })

  test('charset=UTF-8 in any spelling passes', async () => {
    for (const charset of ['utf-8', 'UTF-8', '"utf-8"', 'utf8']) {
      expect((await post('/notes', '{}', { 'content-type': `application/json; charset=${charset}` })).status).toBe(200)
    }
  })

  test('413 for 64 KiB and one byte, and for 2 MiB in chunks; exactly 64 KiB passes (26)', async () => {
    const sized = (bytes: number) => `{"a":"${'x'.repeat(bytes - 8)}"}`
    expect((await post('/notes', sized(65_536))).status).toBe(200)
    await expectProblem(await post('/notes', sized(65_537)), 413, 'body-too-large')
    const chunk = Buffer.alloc(65_536, 0x20)
    const head = Buffer.from(
      `POST /notes HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n${Object.entries(signed(customer))
        .map(([name, value]) => `${name}: ${value}`)
        .join('\r\n')}\r\n\r\n`,
    )
    const chunks = Array.from({ length: 32 }, () => [Buffer.from('10000\r\n'), chunk, Buffer.from('\r\n')]).flat()
    const answer = await sendRaw(demo.port, Buffer.concat([head, ...chunks, Buffer.from('0\r\n\r\n')]))
    expect(answer.status).toBe(413)
  })

  test('merge-patch is taken where the route asks for it, and JSON is not', async () => {
    const patch = (contentType: string, headers: Record<string, string>) =>
      fetch(`${demo.url}/orders/01912f4e-7c3a-7b2e-8d1f-0123456789ab`, {
        method: 'PATCH',
        headers: { ...signed(customer), 'content-type': contentType, ...headers },
        body: '{"note":null}',
      })
    await expectProblem(await patch('application/json', {}), 415, 'unsupported-media-type')
    await expectProblem(await patch('application/merge-patch+json', {}), 428, 'precondition-required')
    await expectProblem(await patch('application/merge-patch+json', { 'if-match': 'W/"3"' }), 400, 'invalid-request')
    const response = await patch('application/merge-patch+json', { 'if-match': '"3"' })
    expect([response.status, response.headers.get('etag'), await response.json()]).toEqual([200, '"4"', { version: 4 }])
  })

  test('an operation without a body takes none, and an empty one with a content type', async () => {
    const remove = (body?: string) =>
      fetch(`${demo.url}/orders/01912f4e-7c3a-7b2e-8d1f-0123456789ab`, {
        method: 'DELETE',
        headers: { ...signed({ kind: 'user', id: 'a', roles: ['admin'] }), 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body }),
      })
    expect((await remove()).status).toBe(204)
    await expectProblem(await remove('{"all":true}'), 400, 'invalid-request')
  })
})
