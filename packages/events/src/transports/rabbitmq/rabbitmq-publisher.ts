import type { ConfirmChannel } from 'amqplib'
import type { Subscriber } from '@polystore/contracts'
import { UnavailableError } from '@polystore/db-core'
import { RabbitmqLink, type RabbitmqLinkOptions } from './rabbitmq-link.ts'
import { ensureQueues, type RabbitmqNames } from './rabbitmq-topology.ts'

export interface RabbitmqPublisherOptions extends RabbitmqLinkOptions {
  readonly names: RabbitmqNames
  readonly deliveryLimit: number
  readonly settleMs: number
}

export interface Outgoing {
  readonly id: string
  readonly type: string
  /** The event as JSON. */
  readonly content: Buffer
}

const confirmTimeoutMs = 10_000

/** Publishes events and believes only the broker's confirm; what it could not route counts as not published. */
export class RabbitmqPublisher {
  readonly #options: RabbitmqPublisherOptions
  readonly #link: RabbitmqLink
  readonly #declared = new Set<Subscriber>()
  readonly #returned = new Set<string>()
  #channel: Promise<ConfirmChannel> | undefined

  constructor(options: RabbitmqPublisherOptions) {
    this.#options = options
    this.#link = new RabbitmqLink(options)
  }

  /** @throws UnavailableError when the broker has stored none of them */
  async deliver(subscriber: Subscriber, messages: readonly Outgoing[], signal: AbortSignal): Promise<ReadonlySet<string>> {
    const channel = await this.#open()
    await this.#declare(subscriber)
    const confirmed = new Set<string>()
    const confirms = messages.map(async (message) => {
      if (await this.#publish(channel, subscriber, message)) confirmed.add(message.id)
    })
    if (!(await inTime(Promise.all(confirms), signal))) this.#giveUp()
    if (confirmed.size === 0 && messages.length > 0) throw new UnavailableError(`RabbitMQ has stored no event for ${subscriber}.`)
    return new Set(confirmed)
  }

  close(): Promise<void> {
    return this.#link.close()
  }

  #open(): Promise<ConfirmChannel> {
    if (this.#channel) return this.#channel
    const opening: Promise<ConfirmChannel> = this.#openChannel(() => this.#forget(opening))
    opening.catch(() => this.#forget(opening))
    this.#channel = opening
    return opening
  }

  async #openChannel(onClose: () => void): Promise<ConfirmChannel> {
    const channel = await this.#link.confirmChannel()
    channel.on('close', onClose)
    channel.on('return', ({ fields, properties }) => {
      const [subscriber, id]: unknown[] = [fields.routingKey, properties.messageId]
      this.#returned.add(deliveryKey(String(subscriber), String(id)))
    })
    return channel
  }

  /** A broker that is silent may be frozen: the next attempt gets a connection of its own. */
  #giveUp(): void {
    if (this.#channel) this.#forget(this.#channel)
    void this.#link.drop()
  }

  #forget(channel: Promise<ConfirmChannel>): void {
    if (this.#channel !== channel) return
    this.#channel = undefined
    this.#declared.clear()
    this.#returned.clear()
  }

  /** So that what is published before the subscriber's first start is kept for it. */
  async #declare(subscriber: Subscriber): Promise<void> {
    if (this.#declared.has(subscriber)) return
    const { names, deliveryLimit, settleMs, logger } = this.#options
    await ensureQueues(this.#link, { names, subscriber, deliveryLimit, settleMs, logger })
    this.#declared.add(subscriber)
  }

  /** True when the broker has stored it in the subscriber's queue. */
  #publish(channel: ConfirmChannel, subscriber: Subscriber, { id, type, content }: Outgoing): Promise<boolean> {
    const properties = { mandatory: true, persistent: true, messageId: id, type, contentType: 'application/cloudevents+json' }
    return new Promise((resolve) => {
      const settle = (error: unknown): void => resolve(!this.#wasReturned(subscriber, id) && error === null)
      try {
        channel.publish(this.#options.names.exchange, subscriber, content, properties, settle)
      } catch {
        // The channel is closed, and has not told of it yet.
        this.#giveUp()
        resolve(false)
      }
    })
  }

  /** A message without a queue is returned first and confirmed then. Somebody removed the queue: it is declared again. */
  #wasReturned(subscriber: Subscriber, eventId: string): boolean {
    if (!this.#returned.delete(deliveryKey(subscriber, eventId))) return false
    this.#declared.delete(subscriber)
    return true
  }
}

function deliveryKey(subscriber: string, eventId: string): string {
  return `${subscriber} ${eventId}`
}

/** False when the time is over; what the signal ends counts as settled. */
async function inTime(work: Promise<unknown>, signal: AbortSignal): Promise<boolean> {
  const ended = Promise.withResolvers<boolean>()
  const end = (): void => ended.resolve(true)
  const timer = setTimeout(() => ended.resolve(false), confirmTimeoutMs)
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  try {
    return await Promise.race([work.then(() => true), ended.promise])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', end)
  }
}
