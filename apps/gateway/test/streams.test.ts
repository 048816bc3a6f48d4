import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { request } from 'undici'
import { expect, onTestFinished, test } from 'vitest'
import { startGateway, type TestGateway } from './support/test-gateway.ts'
import { accessToken } from './support/test-tokens.ts'
import { startUpstream, type TestUpstream } from './support/test-upstream.ts'

const path = '/api/v1/orders/events'

/** A service whose streams say nothing but what a test writes to them. */
async function startStreams(port?: number): Promise<TestUpstream & { readonly open: ServerResponse[] }> {
  const open: ServerResponse[] = []
  const upstream = await startUpstream(
    (incoming, response) => {
      if (decodeURIComponent(incoming.url ?? '') !== '/orders/events') return void response.end('{}')
      response.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
      response.write('retry: 1000\n\n')
      open.push(response)
    },
    port === undefined ? {} : { port },
  )
  return { ...upstream, open }
}

interface Reader {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Reads on until all that came holds the text. */
  until(text: string): Promise<string>
  leave(): void
}

async function follow(gateway: TestGateway, token: string, headers: Record<string, string> = {}, url = path): Promise<Reader> {
  const answer = await request(gateway.url + url, { headers: { authorization: `Bearer ${token}`, ...headers } })
  const chunks = answer.body.iterator({ destroyOnReturn: false })
  onTestFinished(() => void answer.body.on('error', () => {}).destroy())
  let received = ''
  return {
    status: answer.statusCode,
    headers: answer.headers,
    async until(text) {
      while (!received.includes(text)) {
        const { done, value } = await chunks.next()
        if (done === true) return received
        received += String(value)
      }
      return received
    },
    leave: () => void answer.body.on('error', () => {}).destroy(),
  }
}

test('events arrive one by one, however long the pauses, and with the id that the client came back with', async () => {
  const orders = await startStreams()
  const gateway = await startGateway({ orders: [orders], tuning: { upstream: { headersTimeoutMs: 100, bodyIdleTimeoutMs: 100 } } })
  const reader = await follow(gateway, accessToken(gateway.key), { 'last-event-id': '41' })
  expect(reader.headers).toMatchObject({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
  for (const id of ['42', '43', '44']) {
    await pause(150)
    orders.open[0]?.write(`id: ${id}\ndata: {}\n\n`)
    expect(await reader.until(`id: ${id}\n`)).toContain(`id: ${id}\n`)
  }
  expect(orders.seen[0]?.headers).toMatchObject({ 'last-event-id': '41' })
})

test('a user has as many streams as allowed, gets one back when one ends, and takes none from others', async () => {
  const orders = await startStreams()
  const gateway = await startGateway({ orders: [orders], tuning: { maxStreamsPerUser: 2 } })
  const mine = accessToken(gateway.key)
  const [first] = [await follow(gateway, mine), await follow(gateway, mine)]
  expect(await gateway.call(path, { token: mine })).toMatchObject({
    status: 429,
    json: { type: '/problems/too-many-streams' },
    headers: { 'retry-after': '5' },
  })
  expect((await follow(gateway, accessToken(gateway.key))).status).toBe(200)
  const left = once(orders.open[0] ?? orders.server, 'close')
  first.leave()
  await left
  expect((await follow(gateway, mine)).status).toBe(200)
})

test('streams take no socket from requests, whichever way the path is written', async () => {
  const orders = await startStreams()
  const gateway = await startGateway({ orders: [orders], tuning: { upstream: { connections: 1, maxInFlight: 1 } } })
  const token = accessToken(gateway.key)
  await follow(gateway, token)
  await follow(gateway, token, {}, '/api/v1/orders/%65vents')
  expect((await gateway.call('/api/v1/orders', { token })).status).toBe(200)
})

test('after an outage the first stream lets others in while it lasts', async () => {
  const gone = await startStreams()
  await gone.close()
  const tuning = { stream: { failureThreshold: 1, openMs: 1 } }
  const gateway = await startGateway({ orders: [gone.url], tuning })
  const token = accessToken(gateway.key)
  expect((await gateway.call(path, { token })).status).toBe(503)
  await startStreams(gone.port)
  await pause(5)
  const streams = [await follow(gateway, token), await follow(gateway, token), await follow(gateway, token)]
  expect(streams.map(({ status }) => status)).toEqual([200, 200, 200])
})

test('a gateway that stops ends its streams and leaves nobody waiting', async () => {
  const orders = await startStreams()
  const gateway = await startGateway({ orders: [orders] })
  const reader = await follow(gateway, accessToken(gateway.key))
  orders.open[0]?.write('id: 7\ndata: {}\n\nid: 8\nda')
  await reader.until('id: 8')
  const left = once(orders.open[0] ?? orders.server, 'close')
  await gateway.service.close()
  await left
  expect(await reader.until('never')).toContain('id: 7\ndata: {}\n\nid: 8\nda')
})

test('a service that dies cuts its streams, so that clients come back', async () => {
  const orders = await startStreams()
  const gateway = await startGateway({ orders: [orders] })
  const reader = await follow(gateway, accessToken(gateway.key))
  await reader.until('retry')
  orders.server.closeAllConnections()
  await expect(reader.until('never')).rejects.toThrow()
})
