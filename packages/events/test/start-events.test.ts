import { randomBytes } from 'node:crypto'
import { createService } from '@polystore/service-kit'
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import { startEvents, type EventConfig } from '../src/index.ts'
import { openMongoStore, openPostgresStore } from './conformance/stores.ts'
import { append, noteConsumer, registered } from './conformance/world.ts'

const config: EventConfig = {
  EVENT_TRANSPORT: 'http',
  RABBITMQ_URL: undefined,
  EVENT_POLL_MS: 60_000,
  EVENT_LEASE_SECONDS: 30,
  EVENT_MAX_TRIES: 1,
  INTERNAL_SECRET: randomBytes(32).toString('hex'),
}

const stores: { auth?: Awaited<ReturnType<typeof openPostgresStore>>; orders?: Awaited<ReturnType<typeof openMongoStore>> } = {}
beforeAll(async () => {
  stores.auth = await openPostgresStore()
  stores.orders = await openMongoStore()
})
afterAll(async () => {
  await stores.auth?.close()
  await stores.orders?.close()
})

function openService(name: string) {
  const service = createService({ name, version: '0.1.0', internalSecret: config.INTERNAL_SECRET, logLevel: 'silent' })
  onTestFinished(() => service.close())
  return service
}

it('runs with its service: a wake after a commit brings the event to the other service, and /metrics shows what waits', async () => {
  const { auth, orders } = stores
  if (auth === undefined || orders === undefined) throw new Error('the stores are open')
  const subscriber = openService('orders')
  const consumers = [noteConsumer(orders)]
  startEvents({ service: subscriber, name: 'orders', config, store: orders.events, consumers })
  const url = await subscriber.listen({ host: '127.0.0.1', port: 0 })

  const publisher = openService('auth')
  const publishes = ['user.registered'] as const
  const events = startEvents({ service: publisher, name: 'auth', config, store: auth.events, publishes, subscriberUrls: { orders: url } })
  await append(auth, [registered('a', 1)])
  expect((await publisher.inject('/metrics')).body).toContain('outbox_depth{subscriber="orders"} 1')
  await publisher.ready()
  await vi.waitFor(async () => expect(await orders.effects()).toHaveLength(1), { interval: 10 })

  // The relay sleeps now for a minute, unless it is woken.
  await append(auth, [registered('b', 1)])
  events.wake()
  await vi.waitFor(async () => expect(await orders.effects()).toHaveLength(2), { interval: 10 })
  await vi.waitFor(async () => expect((await auth.events.outbox.depth()).size).toBe(0), { interval: 10 })
  await orders.events.inbox.fail({ consumer: 'c', eventId: 'e', event: {}, reason: 'r', pauseMs: undefined })
  expect((await subscriber.inject('/metrics')).body).toContain('events_failed{state="parked"} 1')
})

it('refuses to start with a broker that has no address', async () => {
  const { auth } = stores
  if (auth === undefined) throw new Error('the store is open')
  const service = openService('auth')
  startEvents({ service, name: 'auth', config: { ...config, EVENT_TRANSPORT: 'rabbitmq' }, store: auth.events })
  await expect(service.ready()).rejects.toThrow('RABBITMQ_URL: is missing')
})
