import { randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { connect, type Channel } from 'amqplib'
import type { CloudEvent } from '@polystore/contracts'
import { UnavailableError } from '@polystore/db-core'
import type { AcceptEvents, EventTransport } from '../../src/index.ts'

export function randomNamespace(): string {
  return `test-${randomBytes(6).toString('hex')}`
}

/** An event of the `sequence`th change of a subject. */
export function userEvent(sequence: number, subject: string = randomUUID()): CloudEvent<'user.activated'> {
  return {
    specversion: '1.0',
    id: randomUUID(),
    type: 'user.activated',
    source: 'auth',
    subject,
    sequence,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    data: { userId: subject },
  }
}

interface Logged {
  readonly fields: unknown
  readonly message: string
}

/** Keeps what is logged. */
export function keptLog() {
  const lines: Logged[] = []
  const keep = (fields: unknown, message = ''): void => void lines.push({ fields, message })
  return { lines, info: keep, warn: keep }
}

export interface Receiver {
  readonly accept: AcceptEvents
  /** How often each event came, in the order of their first coming. */
  readonly seen: ReadonlyMap<string, number>
  /** Settles when all of them came. */
  all(ids: Iterable<string>): Promise<void>
}

/** Accepts everything and counts, as an inbox does. */
export function countingReceiver(): Receiver {
  const seen = new Map<string, number>()
  let arrived = Promise.withResolvers<void>()
  return {
    seen,
    async accept(events) {
      const ids = events.flatMap((event) => (isEvent(event) ? [event.id] : []))
      for (const id of ids) seen.set(id, (seen.get(id) ?? 0) + 1)
      arrived.resolve()
      return ids
    },
    async all(ids) {
      const wanted = [...ids]
      while (wanted.some((id) => !seen.has(id))) {
        await arrived.promise
        arrived = Promise.withResolvers()
      }
    },
  }
}

export function isEvent(value: unknown): value is { id: string; sequence: number } {
  return typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string'
}

/** As a relay: again until all are stored. */
export async function deliverAll(transport: EventTransport, events: readonly CloudEvent[]): Promise<void> {
  let open = events
  for (let attempt = 0; open.length > 0; attempt += 1) {
    try {
      const accepted = await transport.deliver('orders', open, AbortSignal.timeout(20_000))
      open = open.filter(({ id }) => !accepted.has(id))
    } catch (error) {
      if (!(error instanceof UnavailableError) || attempt > 1_000) throw error
      await delay(20)
    }
  }
}

/** Commands to the broker, as an administrator would give them. */
export async function onBroker<Result>(url: string, work: (channel: Channel) => Promise<Result>): Promise<Result> {
  const connection = await connect(url)
  try {
    const channel = await connection.createChannel()
    const result = await work(channel)
    // Only then has the broker read all that was sent on it.
    await channel.close()
    return result
  } finally {
    await connection.close()
  }
}
