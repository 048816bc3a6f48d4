import { subscribers, type EventType, type Subscriber } from '@polystore/contracts'
import { UnavailableError } from '@polystore/db-core'
import { isServing, type Crash, type Service } from '@polystore/service-kit'
import type { EventCrashPoint } from './crash-points.ts'
import type { EventConfig } from './event-config.ts'
import { observeEvents } from './event-gauges.ts'
import type { EventStore } from './event-store.ts'
import type { Consumer } from './inbox/consumer.ts'
import { Inbox } from './inbox/inbox.ts'
import { createRetryWorker } from './inbox/retry-worker.ts'
import { subscribersOf } from './outbox/new-event.ts'
import { Relay } from './outbox/relay.ts'
import type { EventTransport } from './transports/event-transport.ts'
import { eventRoutes } from './transports/http/event-routes.ts'
import { openTransport } from './transports/open-transport.ts'

export interface StartEventsOptions<Tx> {
  readonly service: Service
  /** The name of this service, under which others publish to it. */
  readonly name: string
  readonly config: EventConfig
  readonly store: EventStore<Tx>
  /** What it tells others. */
  readonly publishes?: readonly EventType[]
  /** Where those are that it tells something; the HTTP transport posts to them. */
  readonly subscriberUrls?: Readonly<Partial<Record<Subscriber, string>>>
  /** What it does on events of others. */
  readonly consumers?: readonly Consumer<Tx>[]
  readonly crash?: Crash<EventCrashPoint>
}

export interface Events {
  /** An outbox row was committed: the relay looks at once instead of at its next poll. */
  wake(): void
}

/**
 * Runs outbox and inbox of a service with it: from its start, as soon as its schema fits, to its close. Adds the route by which
 * others tell it of events, and the gauges of what waits.
 */
export function startEvents<Tx>(options: StartEventsOptions<Tx>): Events {
  const { service, name, config, store, publishes = [], subscriberUrls = {}, consumers = [], crash = () => {} } = options
  const { log } = service
  const mayWork = (): boolean => isServing(service)
  const inbox = new Inbox({ store: store.inbox, consumers, maxTries: config.EVENT_MAX_TRIES, log, crash })
  const pace = { pollMs: config.EVENT_POLL_MS, leaseMs: config.EVENT_LEASE_SECONDS * 1_000 }
  const retries = createRetryWorker({ ...pace, inbox, store: store.inbox, log, mayWork })
  const accept = async (events: readonly unknown[]): Promise<readonly string[]> => {
    if (!mayWork()) throw new UnavailableError('The service takes no events yet.')
    return await inbox.accept(events)
  }
  if (consumers.length > 0) eventRoutes(service, accept)
  observeEvents(service, store)

  let relay: Relay | undefined
  let transport: EventTransport | undefined
  service.addHook('onReady', async () => {
    transport = await openTransport(config, { caller: name, urls: subscriberUrls, log })
    relay = new Relay({ ...pace, outbox: store.outbox, transport, subscribers: subscribersOf(publishes), log, mayWork, crash })
    relay.start()
    if (consumers.length === 0) return
    const own = subscribers.find((subscriber) => subscriber === name)
    if (own !== undefined) transport.receive(own, accept)
    retries.start()
  })
  service.addHook('onClose', async () => {
    await Promise.all([relay?.stop(), retries.stop()])
    await transport?.close()
  })
  return { wake: () => relay?.wake() }
}
