import { randomUUID } from 'node:crypto'
import type { Subscriber } from '@polystore/contracts'
import { vi } from 'vitest'
import { Inbox } from '../../src/inbox/inbox.ts'
import { createRetryWorker } from '../../src/inbox/retry-worker.ts'
import type { AcceptEvents, Consumer, EventCrashPoint, EventTransport, NewEvent } from '../../src/index.ts'
import { Relay } from '../../src/outbox/relay.ts'
import type { OpenStore } from './stores.ts'
import type { OpenTransportFor } from './transports.ts'

export const silent = { info: () => {}, warn: () => {}, error: () => {} }
const brief = { firstMs: 5, longestMs: 20 }

export interface WorldOptions<Tx> {
  readonly store: OpenStore<Tx>
  readonly openTransport: OpenTransportFor
  readonly relays?: number
  readonly leaseMs?: number
  readonly maxTries?: number
  readonly subscribers?: readonly Subscriber[]
  readonly consumers?: readonly Consumer<Tx>[]
  /** Throws to die at a point. */
  readonly crash?: (point: EventCrashPoint) => void
  readonly changeTransport?: (transport: EventTransport, relay: number) => EventTransport
  readonly changeAccept?: (accept: AcceptEvents) => AcceptEvents
}

/** What lies on its way from this store. */
const onTheWay = new WeakMap<object, () => boolean>()

/** Relays and a subscriber at work over one database: what one appends the other applies. */
export async function openWorld<Tx>(options: WorldOptions<Tx>) {
  const { store, relays = 1, leaseMs = 5_000, maxTries = 8, subscribers = ['orders'], crash = () => {} } = options
  const { changeTransport = (same: EventTransport) => same, changeAccept = (same: AcceptEvents) => same } = options
  const consumers = options.consumers ?? [noteConsumer(store)]
  const inbox = new Inbox({ store: store.events.inbox, consumers, maxTries, log: silent, crash, retryPause: brief })
  const accept = changeAccept((events) => inbox.accept(events))
  const open = await options.openTransport(Object.fromEntries(subscribers.map((subscriber) => [subscriber, accept])))
  onTheWay.set(store, open.isEmpty ?? (() => true))
  const common = { outbox: store.events.outbox, subscribers, leaseMs, crash, log: silent, mayWork: () => true }
  const pace = { pollMs: 10, gatherMs: 1, refusalPause: brief, outagePause: brief }
  const running = Array.from({ length: relays }, (_, index) => {
    const transport = changeTransport(open.transport, index)
    return new Relay({ ...common, ...pace, transport })
  })
  const retries = createRetryWorker({ inbox, store: store.events.inbox, pollMs: 10, leaseMs, log: silent, mayWork: () => true })
  return {
    relays: running,
    start: () => {
      for (const relay of running) relay.start()
      retries.start()
    },
    stop: async () => {
      await Promise.all([...running.map((relay) => relay.stop()), retries.stop()])
      await open.close()
    },
  }
}

/** Notes every event that it is given. */
export function noteConsumer<Tx>(store: OpenStore<Tx>, name = 'notes'): Consumer<Tx> {
  const types = ['user.registered', 'user.activated', 'user.deactivated', 'order.confirmed'] as const
  return { name, types, apply: (events, tx) => store.note(tx, name, events) }
}

export function registered(subject: string, sequence: number): NewEvent {
  return { type: 'user.registered', subject, sequence, data: { userId: randomUUID(), active: true } }
}

export async function append<Tx>(store: OpenStore<Tx>, events: readonly NewEvent[]): Promise<void> {
  await store.transaction((tx) => store.append(tx, events))
}

/** Resolves when nothing waits and nothing is being tried again. */
export async function untilDrained<Tx>(store: OpenStore<Tx>, timeout = 20_000): Promise<void> {
  const { events } = store
  const assertDrained = async (): Promise<void> => {
    const outbox = await events.outbox.depth()
    const { waiting } = await events.inbox.failedDepth()
    if (onTheWay.get(store)?.() === false) throw new Error('events lie with the broker')
    if (outbox.size + waiting > 0) throw new Error(`outbox ${JSON.stringify([...outbox])}, failed ${waiting}`)
  }
  await vi.waitFor(assertDrained, { timeout, interval: 10 })
}
