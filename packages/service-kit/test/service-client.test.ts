import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { continueTrace, createServiceClient, Problem, runInTrace, type ServiceClient, UpstreamProblem } from '../src/index.ts'
import { type DemoService, secret, startDemoService } from './support/demo-service.ts'

const id = '01912f4e-7c3a-7b2e-8d1f-0123456789ab'
const committed = z.strictObject({ caller: z.string(), traceId: z.string() })
const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const item of open.splice(0)) await item.close()
})

function clientOf(baseUrl: string, options: Partial<Parameters<typeof createServiceClient>[0]> = {}): ServiceClient {
  const client = createServiceClient({ baseUrl, caller: 'orders', secret, timeoutMs: 2_000, ...options })
  open.push(client)
  return client
}

async function failureOf(work: Promise<unknown>): Promise<Problem> {
  const error: unknown = await work.then(
    () => undefined,
    (failure: unknown) => failure,
  )
  if (error instanceof Problem) return error
  throw new Error('it did not fail with a problem', { cause: error })
}

describe('against a service', () => {
  let demo: DemoService
  beforeAll(async () => (demo = await startDemoService()))
  afterAll(() => demo.close())

  test('signs itself as a service and carries the trace', async () => {
    const trace = continueTrace(undefined)
    const call = { method: 'POST', path: `/holds/${id}/commit`, schema: committed } as const
    const answer = await runInTrace(trace, () => clientOf(demo.url).request(call))
    expect(answer).toEqual({ caller: 'orders', traceId: trace.traceId })
  })

  test('a refusal of the service is an UpstreamProblem that holds its document', async () => {
    const failure = await failureOf(clientOf(demo.url).request({ method: 'POST', path: '/holds/zz/commit', schema: committed }))
    expect(failure).toBeInstanceOf(UpstreamProblem)
    expect(failure).toMatchObject({
      status: 502,
      slug: 'bad-gateway',
      upstreamSlug: 'invalid-request',
      upstreamStatus: 400,
      problem: { errors: [{ parameter: 'id' }] },
    })
  })

  test('another secret is refused by the service', async () => {
    const failure = await failureOf(
      clientOf(demo.url, { secret: 'another secret that is long enough' }).request({
        method: 'POST',
        path: `/holds/${id}/commit`,
        schema: committed,
      }),
    )
    expect(failure).toMatchObject({ upstreamSlug: 'not-through-gateway', upstreamStatus: 401 })
  })

  test('503 of the service stays 503', async () => {
    const failure = await failureOf(clientOf(demo.url).request({ method: 'GET', path: '/database', schema: z.unknown() }))
    expect(failure).toMatchObject({ slug: 'upstream-unavailable', upstreamSlug: 'unavailable' })
  })

  test('an answer that does not match the schema is bad-gateway, without its values', async () => {
    const failure = await failureOf(
      clientOf(demo.url).request({
        method: 'POST',
        path: `/holds/${id}/commit`,
        schema: z.strictObject({ caller: z.int(), traceId: z.string() }),
      }),
    )
    expect(failure).toMatchObject({ slug: 'bad-gateway', cause: { message: 'unexpected answer to POST: caller: invalid_type' } })
  })
})

describe('against trouble', () => {
  async function listen(handler: RequestListener): Promise<{ url: string; server: Server }> {
    const server = createServer(handler).listen(0, '127.0.0.1')
    await once(server, 'listening')
    open.push({
      close: async () => {
        server.closeAllConnections()
        server.close()
      },
    })
    const address = server.address()
    return { server, url: `http://127.0.0.1:${address === null || typeof address === 'string' ? 0 : address.port}` }
  }
  const get = (url: string, options = {}, call = {}) =>
    failureOf(clientOf(url, options).request({ method: 'GET', path: '/', schema: z.unknown(), ...call }))

  test('a refused connection is upstream-unavailable, without the address', async () => {
    const failure = await get('http://127.0.0.1:1')
    expect(failure).toMatchObject({ slug: 'upstream-unavailable', status: 503, headers: { 'retry-after': '1' } })
    expect(failure.message).not.toContain('127.0.0.1')
  })

  test('silence, and an answer that never ends, are upstream-timeout after the time of the call', async () => {
    const silent = await listen(() => undefined)
    const endless = await listen((_request, response) => void response.writeHead(200).write('{'))
    for (const { url } of [silent, endless]) {
      expect(await get(url, {}, { timeoutMs: 200 })).toMatchObject({ slug: 'upstream-timeout', status: 504 })
    }
  })

  test('the signal of the caller ends the call', async () => {
    const { url } = await listen(() => undefined)
    expect(await get(url, {}, { signal: AbortSignal.timeout(50) })).toMatchObject({ slug: 'upstream-timeout' })
  })

  test('a connection that is cut is upstream-unavailable, and the call is made once', async () => {
    let calls = 0
    const { url } = await listen((request) => {
      calls += 1
      request.socket.destroy()
    })
    expect(await get(url)).toMatchObject({ slug: 'upstream-unavailable' })
    expect(calls).toBe(1)
  })

  test('an answer above the limit, one that is not JSON, a redirect and a bare 500 are bad-gateway', async () => {
    const large = await listen((_request, response) => void response.end(`"${'x'.repeat(5_000)}"`))
    expect(await get(large.url, { maximumBytes: 1_000 })).toMatchObject({ slug: 'bad-gateway' })
    const text = await listen((_request, response) => void response.end('<html>'))
    expect(await get(text.url, {}, { schema: z.strictObject({}) })).toMatchObject({ slug: 'bad-gateway' })
    const redirect = await listen((_request, response) => void response.writeHead(302, { location: 'http://evil.example/' }).end())
    expect(await get(redirect.url)).toMatchObject({ slug: 'bad-gateway' })
    const bare = await listen((_request, response) => void response.writeHead(500).end('stack trace'))
    expect(await get(bare.url)).toMatchObject({ slug: 'bad-gateway' })
  })

  test('204 without a body fits z.undefined()', async () => {
    const { url } = await listen((_request, response) => void response.writeHead(204).end())
    expect(await clientOf(url).request({ method: 'DELETE', path: '/', schema: z.undefined() })).toBeUndefined()
  })
})
