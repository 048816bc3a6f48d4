import { randomUUID } from 'node:crypto'
import { ConflictError } from '@polystore/db-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createLogger, Problem, runInTrace, continueTrace } from '../src/index.ts'
import { serializeError } from '../src/telemetry/log-serializers.ts'
import { customer, type DemoService, secret, signed, startDemoService } from './support/demo-service.ts'
import { rawRequest, sendRaw } from './support/raw-request.ts'

/** Lines that a logger wrote, parsed. */
function capture(): { lines: () => Record<string, unknown>[]; text: () => string; log: ReturnType<typeof createLogger> } {
  const written: string[] = []
  const log = createLogger({ name: 'test', level: 'trace', destination: { write: (line) => void written.push(line) } })
  return { log, text: () => written.join(''), lines: () => written.map((line) => JSON.parse(line)) }
}

describe('requests', () => {
  let demo: DemoService
  beforeAll(async () => (demo = await startDemoService()))
  afterAll(() => demo.close())
  const lines = () => demo.logs.map((line): Record<string, unknown> => JSON.parse(line))

  test('each has one line: method, route pattern, status, time, who, request id and trace id', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    await fetch(`${demo.url}/orders/01912f4e-7c3a-7b2e-8d1f-0123456789ab?x=1`, {
      headers: { ...signed(customer), traceparent, 'x-request-id': 'req-1' },
    })
    const found = lines().filter((line) => line['requestId'] === 'req-1' && line['msg'] === 'request')
    expect(found).toMatchObject([
      {
        level: 'info',
        name: 'demo',
        method: 'GET',
        route: '/orders/:id',
        status: 400,
        userId: 'u-1',
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        durationMs: expect.any(Number),
      },
    ])
  })

  test('an unexpected error is logged once, with type, frames, trace id and a masked message', async () => {
    await fetch(`${demo.url}/broken`, { headers: { ...signed(customer), 'x-request-id': 'req-2' } })
    const [line, ...more] = lines().filter((entry) => entry['requestId'] === 'req-2' && entry['level'] === 'error')
    expect(more).toEqual([])
    expect(line).toMatchObject({
      err: {
        type: 'Error',
        message: expect.stringContaining('cannot reach postgres://'),
        stack: expect.arrayContaining([expect.stringContaining('demo-service.ts')]),
      },
      traceId: expect.any(String),
    })
    expect(JSON.stringify(line)).not.toContain('hunter2')
  })

  test('a secret in body, headers, path, query or a failing part of any of them reaches no log', async () => {
    const canary = `canary${randomUUID().replaceAll('-', '')}`
    const token = signed(customer)
    const json = { 'content-type': 'application/json' }
    const send = (path: string, init: RequestInit = {}) => fetch(`${demo.url}${path}`, { ...init, headers: { ...token, ...init.headers } })
    await send(`/orders?cursor=${canary}`)
    await send(`/orders?unknown=${canary}&${canary}=1`)
    await send(`/orders/${canary}`)
    await send(`/${canary}/${canary}?token=${canary}`)
    await send(`/reports/${canary}`)
    await send('/notes', { method: 'POST', headers: json, body: JSON.stringify({ password: canary, [canary]: 1 }) })
    await send('/notes', { method: 'POST', headers: json, body: `{"password":"${canary}"` })
    await send('/orders', { method: 'POST', headers: json, body: JSON.stringify({ lines: canary, [canary]: canary }) })
    await send('/orders', {
      headers: {
        authorization: `Bearer ${canary}`,
        cookie: `session=${canary}`,
        'x-request-id': `${canary}!`,
        'x-api-key': canary,
        traceparent: canary,
      },
    })
    await fetch(`${demo.url}/orders`, { headers: { 'x-polystore-identity': canary } })
    await send('/broken', { headers: { authorization: `Bearer ${canary}` } })
    await sendRaw(demo.port, rawRequest({ target: `/orders?a=${canary}`, headers: { 'content-type': canary }, body: canary }))
    await sendRaw(demo.port, `GET /${canary} HTTP/9.9\r\nx: ${canary}\r\n\r\n`)
    await sendRaw(demo.port, `GET /${canary}/%zz HTTP/1.1\r\nhost: ${canary}\r\nconnection: close\r\n\r\n`)
    const text = demo.logs.join('')
    expect(text.length).toBeGreaterThan(1_000)
    for (const forbidden of [canary, secret, ...Object.values(token), 'hunter2']) expect(text).not.toContain(forbidden)
  })
})

describe('createLogger', () => {
  test('masks connection strings in messages, fields, nested objects and errors', () => {
    const { log, text } = capture()
    const url = 'postgres://shop:hunter2@db:5432/shop?password=hunter2'
    log.info(`connecting to ${url}`)
    log.info({ url, nested: { url, list: [url] } }, 'connecting')
    log.info('%s', url)
    log.error({ err: new Error(`no route to ${url}`, { cause: new Error(url) }) }, url)
    expect(text()).not.toContain('hunter2')
    expect(text()).toContain('postgres://')
  })

  test('hides fields with secret names, also inside', () => {
    const { log, text } = capture()
    log.info({
      password: 'hunter2',
      user: { token: 'hunter2', deep: { refreshToken: 'hunter2', list: [{ password: 'hunter2' }] } },
      headers: { authorization: 'hunter2' },
    })
    expect(text()).not.toContain('hunter2')
  })

  test('stamps the trace of the work that is under way', () => {
    const { log, lines } = capture()
    const trace = continueTrace(undefined)
    runInTrace(trace, () => log.info('inside'))
    log.info('outside')
    expect(lines().map((line) => line['traceId'])).toEqual([trace.traceId, undefined])
  })
})

describe('serializeError', () => {
  test('messages of drivers and parsers, which quote values, are left out; code and frames stay', () => {
    class DrizzleQueryError extends Error {
      override name = 'DrizzleQueryError'
      readonly query = 'insert into users values ($1)'
      readonly params = ['canary']
    }
    const mongo = Object.assign(new Error('E11000 duplicate key { email: "canary" }'), {
      name: 'MongoServerError',
      code: 11_000,
      keyValue: { email: 'canary' },
    })
    const postgres = Object.assign(new Error('invalid input syntax for type uuid: "canary"'), {
      severity: 'ERROR',
      code: '22P02',
      detail: 'canary',
    })
    for (const error of [new DrizzleQueryError('Failed query: params: canary'), mongo, postgres, parseError('{"canary": x}')]) {
      const logged = serializeError(new Error('failed', { cause: error }))
      expect(JSON.stringify(logged)).not.toContain('canary')
      expect(logged.cause).toMatchObject({ type: error.name, stack: expect.arrayContaining([expect.stringContaining('at ')]) })
    }
    expect(serializeError(mongo)).toMatchObject({ code: '11000' })
  })

  test('messages of our own errors stay', () => {
    expect(serializeError(new ConflictError('users: the e-mail is taken'))).toMatchObject({
      type: 'ConflictError',
      code: 'conflict',
      message: 'users: the e-mail is taken',
    })
    expect(serializeError(new Problem('conflict'))).toMatchObject({ type: 'Problem', message: 'Conflict' })
  })

  test('anything that can be thrown is logged without failing', () => {
    const looped = new Error('loop')
    looped.cause = looped
    expect(serializeError(looped).cause?.cause).toBeDefined()
    for (const thrown of [undefined, null, 'text', 7, {}, Symbol('s')]) expect(serializeError(thrown)).toEqual({ type: typeof thrown })
  })
})

function parseError(text: string): Error {
  try {
    JSON.parse(text)
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error('the text was JSON')
}
