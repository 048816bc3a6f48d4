import { subscribers, type Subscriber } from '@polystore/contracts'
import { type EventConfig } from '../event-config.ts'
import type { EventStore } from '../event-store.ts'
import type { FailedDepth, FailedEvent } from '../inbox/inbox-store.ts'
import type { DeadMessage, QueueDepths, RabbitmqQueues } from '../transports/rabbitmq/index.ts'
import type { EventsCommand } from './events-command-line.ts'

export interface OperateEventsOptions<Tx> {
  /** The name of the service. */
  readonly name: string
  readonly store: EventStore<Tx>
  /** Its queue and its dead queue, where events go through a broker. */
  readonly queues: RabbitmqQueues | undefined
}

interface WaitingDeliveries {
  readonly subscriber: Subscriber
  readonly waiting: number
  readonly oldestSeconds: number
}

/** What a command has found or done in one service; what does not apply to the service is left out. */
export interface EventsReport {
  readonly service: string
  readonly outbox?: readonly WaitingDeliveries[]
  readonly inbox?: FailedDepth
  readonly queue?: QueueDepths
  readonly failed?: readonly FailedEvent[]
  readonly dead?: readonly DeadMessage[]
  /** How many events are due again, and how many dead messages are on their way again. */
  readonly redriven?: { readonly failed: number; readonly dead: number }
}

/** Dead messages that one command sends again at most. */
const redriveLimit = 1_000

/** @throws UnavailableError when the database or the broker cannot be reached */
export async function operateEvents<Tx>(command: EventsCommand, options: OperateEventsOptions<Tx>): Promise<EventsReport> {
  switch (command.name) {
    case 'depth':
      return reportDepth(options)
    case 'failed':
      return reportFailed(options, command.limit)
    case 'redrive':
      return redrive(options, command.eventId)
  }
}

async function reportDepth<Tx>({ name, store, queues }: OperateEventsOptions<Tx>): Promise<EventsReport> {
  const outbox = [...(await store.outbox.depth())].map(([subscriber, depth]) => ({ subscriber, ...depth }))
  const own = subscriberOf(name)
  if (own === undefined) return { service: name, outbox }
  const inbox = await store.inbox.failedDepth()
  return { service: name, outbox, inbox, ...(queues && { queue: await queues.depths(own) }) }
}

async function reportFailed<Tx>({ name, store, queues }: OperateEventsOptions<Tx>, limit: number): Promise<EventsReport> {
  const own = subscriberOf(name)
  if (own === undefined) return { service: name }
  const failed = await store.inbox.listFailed({ parkedOnly: false, limit })
  return { service: name, failed, ...(queues && { dead: await queues.listDead(own, limit) }) }
}

async function redrive<Tx>({ name, store, queues }: OperateEventsOptions<Tx>, eventId: string | undefined): Promise<EventsReport> {
  const own = subscriberOf(name)
  if (own === undefined) return { service: name }
  const failed = await store.inbox.redrive(eventId)
  const dead = (await queues?.redrive(own, { limit: redriveLimit, eventId })) ?? 0
  return { service: name, redriven: { failed, dead } }
}

/** A service that is told of nothing has no inbox. */
function subscriberOf(name: string): Subscriber | undefined {
  return subscribers.find((subscriber) => subscriber === name)
}

/** False when an event waits for a person. */
export function isClean({ inbox, queue, failed = [], dead = [] }: EventsReport): boolean {
  const parked = (inbox?.parked ?? 0) + (queue?.dead ?? 0) + dead.length
  return parked === 0 && failed.every(({ parkedAt }) => parkedAt === undefined)
}

/** The queues of the broker that the configuration names, if it names one. */
export async function openQueues(
  config: Pick<EventConfig, 'EVENT_TRANSPORT' | 'RABBITMQ_URL'>,
  name: string,
): Promise<RabbitmqQueues | undefined> {
  const { EVENT_TRANSPORT: transport, RABBITMQ_URL: url } = config
  if (transport !== 'rabbitmq' || url === undefined) return undefined
  const { RabbitmqQueues: Queues } = await import('../transports/rabbitmq/index.ts')
  return new Queues({ url, connectionName: `${name} operator`, logger: { info: () => {}, warn: () => {} } })
}
