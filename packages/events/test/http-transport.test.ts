import { randomBytes, randomUUID } from 'node:crypto'
import type { CloudEvent } from '@polystore/contracts'
import { UnavailableError } from '@polystore/db-core'
import { createIdentitySigner, createService, identityHeader } from '@polystore/service-kit'
import { expect, it, onTestFinished } from 'vitest'
import type { AcceptEvents } from '../src/index.ts'
import { batchMediaType, eventRoutes } from '../src/transports/http/event-routes.ts'
import { HttpTransport } from '../src/transports/http/http-transport.ts'

const secret = randomBytes(32).toString('hex')
const never = new AbortController().signal

async function openWay(accept: AcceptEvents) {
  const service = createService({ name: 'orders', version: '0.1.0', internalSecret: secret, logLevel: 'silent' })
  eventRoutes(service, accept)
  const url = await service.listen({ host: '127.0.0.1', port: 0 })
  const transport = new HttpTransport({ caller: 'auth', secret, urls: { orders: url } })
  onTestFinished(async () => {
    await transport.close()
    await service.close()
  })
  return { service, transport }
}

function event(subject: string): CloudEvent<'user.activated'> {
  const data = { userId: randomUUID() }
  const time = new Date().toISOString()
  return { specversion: '1.0', id: randomUUID(), type: 'user.activated', source: '/auth', subject, sequence: 1, time, datacontenttype: 'application/json', data } // prettier-ignore
}

const idsOf = (events: readonly unknown[]): string[] => events.map((one) => String(Object(one).id))

it('sends what is too much for one request in several, in its order', async () => {
  const sizes: number[] = []
  const seen: string[] = []
  const { transport } = await openWay(async (events) => (sizes.push(events.length), seen.push(...idsOf(events)), idsOf(events)))
  const many = Array.from({ length: 700 }, (_, index) => event(`s${index}`))
  const lines = Array.from({ length: 2_000 }, () => ({ sku: 'x'.repeat(64), quantity: 1 }))
  const order = { orderId: randomUUID(), userId: randomUUID(), lines, totalCents: 1, currency: 'EUR' }
  const large = Array.from({ length: 9 }, () => ({ ...event('large'), type: 'order.confirmed' as const, data: order }))
  const accepted = await transport.deliver('orders', [...many, ...large], never)
  expect(seen).toEqual([...many, ...large].map(({ id }) => id))
  expect(accepted.size).toBe(709)
  expect(Math.max(...sizes)).toBe(500)
  expect(sizes.length).toBeGreaterThan(3)
})

it('parts a batch that is refused until the event at fault is alone, and delivers the others', async () => {
  const { transport } = await openWay(async (events) => idsOf(events))
  const events = Array.from({ length: 9 }, (_, index) => event(`s${index}`))
  const poison = { ...event('a NUL cannot pass'), traceparent: '\u0000' }
  const accepted = await transport.deliver('orders', [...events.slice(0, 4), poison, ...events.slice(4)], never)
  expect([...accepted].toSorted()).toEqual(events.map(({ id }) => id).toSorted())
})

it('fails when the subscriber is down, when its database is, and when nobody knows its address', async () => {
  const { service, transport } = await openWay(() => Promise.reject(new UnavailableError('the database is down')))
  await expect(transport.deliver('orders', [event('a')], never)).rejects.toMatchObject({ upstreamStatus: 503 })
  await expect(transport.deliver('products', [event('a')], never)).rejects.toThrow('no address')
  await service.close()
  await expect(transport.deliver('orders', [event('a')], never)).rejects.toMatchObject({ slug: 'upstream-unavailable' })
})

it('takes events from services alone, in the batched content mode alone', async () => {
  const { service } = await openWay(async (events) => idsOf(events))
  const sign = createIdentitySigner(secret)
  const post = (identity: Parameters<typeof sign>[0] | undefined, contentType: string, payload: unknown) => {
    const headers = { 'content-type': contentType, ...(identity === undefined ? {} : { [identityHeader]: sign(identity) }) }
    return service.inject({ method: 'POST', url: '/internal/events', headers, payload: JSON.stringify(payload) })
  }
  const auth = { kind: 'service', name: 'auth' } as const
  const one = [event('a')]
  expect((await post(auth, batchMediaType, one)).json()).toEqual({ accepted: [one[0]?.id] })
  expect((await post(undefined, batchMediaType, one)).statusCode).toBe(401)
  expect((await post({ kind: 'user', id: 'u', roles: ['admin'] }, batchMediaType, one)).statusCode).toBe(403)
  expect((await post(auth, 'application/json', one)).statusCode).toBe(415)
  expect((await post(auth, batchMediaType, [])).statusCode).toBe(400)
  expect(
    (
      await post(
        auth,
        batchMediaType,
        Array.from({ length: 501 }, () => one[0]),
      )
    ).statusCode,
  ).toBe(400)
})
