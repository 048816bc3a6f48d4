import { eventReceipt, type CloudEvent, type Subscriber } from '@polystore/contracts'
import { createServiceClient, type ServiceClient, UpstreamProblem } from '@polystore/service-kit'
import type { EventTransport } from '../event-transport.ts'
import { batchLimits, batchMediaType } from './event-routes.ts'

export interface HttpTransportOptions {
  /** The name of this service. */
  readonly caller: string
  readonly secret: string
  /** The address of every subscriber that is told of something here. */
  readonly urls: Readonly<Partial<Record<Subscriber, string>>>
  /** For one request; 10,000 unless said otherwise. */
  readonly timeoutMs?: number
}

/** Posts events to their subscribers; what arrives is taken by the route of `eventRoutes`. */
export class HttpTransport implements EventTransport {
  readonly #clients: ReadonlyMap<string, ServiceClient>

  constructor({ caller, secret, urls, timeoutMs = 10_000 }: HttpTransportOptions) {
    const open = (baseUrl: string) => createServiceClient({ baseUrl, caller, secret, timeoutMs, connections: 2 })
    this.#clients = new Map(Object.entries(urls).map(([subscriber, baseUrl]) => [subscriber, open(baseUrl)]))
  }

  async deliver(subscriber: Subscriber, events: readonly CloudEvent[], signal: AbortSignal): Promise<ReadonlySet<string>> {
    const client = this.#clients.get(subscriber)
    if (client === undefined) throw new Error(`no address is known of the subscriber ${subscriber}`)
    const accepted = new Set<string>()
    for (const batch of inBatches(events)) {
      for (const id of await post(client, batch, signal)) accepted.add(id)
    }
    return accepted
  }

  receive(): void {}

  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].map((client) => client.close()))
  }
}

/** A batch that is refused as such is sent in halves: one event that cannot be taken holds up no other. */
async function post(client: ServiceClient, events: readonly CloudEvent[], signal: AbortSignal): Promise<readonly string[]> {
  try {
    const headers = { 'content-type': batchMediaType }
    const receipt = await client.request({
      method: 'POST',
      path: '/internal/events',
      body: events,
      headers,
      schema: eventReceipt,
      signal,
    })
    return receipt.accepted
  } catch (error) {
    if (!refusesContent(error)) throw error
    if (events.length === 1) return []
    const half = Math.ceil(events.length / 2)
    return [...(await post(client, events.slice(0, half), signal)), ...(await post(client, events.slice(half), signal))]
  }
}

function refusesContent(error: unknown): boolean {
  return error instanceof UpstreamProblem && [400, 413, 422].includes(error.upstreamStatus)
}

function inBatches(events: readonly CloudEvent[]): CloudEvent[][] {
  const batches: CloudEvent[][] = []
  let bytes = 0
  for (const event of events) {
    const size = envelopeBytes + sizeOf(event.data)
    const last = batches.at(-1)
    if (last === undefined || last.length === batchLimits.events || bytes + size > batchLimits.bytes) {
      batches.push([event])
      bytes = size
    } else {
      last.push(event)
      bytes += size
    }
  }
  return batches
}

/** The longest envelope, roughly. */
const envelopeBytes = 700

/** Bytes that a value takes as JSON, roughly: writing it out only to measure it would cost as much as sending it. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return 3 * value.length
  if (typeof value !== 'object' || value === null) return 20
  return Object.entries(value).reduce((sum, [name, member]) => sum + name.length + sizeOf(member), 10)
}
