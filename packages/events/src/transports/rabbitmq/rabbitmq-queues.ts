import type { Channel, GetMessage } from 'amqplib'
import type { Subscriber } from '@polystore/contracts'
import { closeChannel, RabbitmqLink, type RabbitmqLinkOptions } from './rabbitmq-link.ts'
import { readMessage } from './rabbitmq-message.ts'
import { RabbitmqPublisher } from './rabbitmq-publisher.ts'
import { defaultDeliveryLimit, defaultSettleMs, ensureQueues, rabbitmqNames, type RabbitmqNames } from './rabbitmq-topology.ts'

/** A message that its subscriber refused, or that killed its process too often. */
export interface DeadMessage {
  /** Undefined when it is no event. */
  readonly eventId: string | undefined
  readonly type: string | undefined
  /** As the broker says it: `rejected` or `delivery_limit`. */
  readonly reason: string
}

export interface QueueDepths {
  readonly waiting: number
  readonly dead: number
}

export interface RedriveSelection {
  /** At most so many, the oldest first. */
  readonly limit: number
  readonly eventId?: string | undefined
}

/** What an operator does with the queues of subscribers. Every call throws UnavailableError when the broker cannot be reached. */
export class RabbitmqQueues {
  readonly #options: RabbitmqLinkOptions
  readonly #names: RabbitmqNames
  readonly #link: RabbitmqLink
  readonly #publisher: RabbitmqPublisher

  constructor({ namespace, ...options }: RabbitmqLinkOptions & { readonly namespace?: string }) {
    this.#options = options
    this.#names = rabbitmqNames(namespace)
    this.#link = new RabbitmqLink(options)
    this.#publisher = new RabbitmqPublisher({
      ...options,
      names: this.#names,
      deliveryLimit: defaultDeliveryLimit,
      settleMs: defaultSettleMs,
    })
  }

  async depths(subscriber: Subscriber): Promise<QueueDepths> {
    await this.#ensure(subscriber)
    return this.#link.command(async (channel) => {
      const waiting = await channel.checkQueue(this.#names.queue(subscriber))
      const dead = await channel.checkQueue(this.#names.deadQueue(subscriber))
      return { waiting: waiting.messageCount, dead: dead.messageCount }
    })
  }

  /** The oldest dead messages, at most `limit`; they stay where they are. */
  async listDead(subscriber: Subscriber, limit: number): Promise<DeadMessage[]> {
    await this.#ensure(subscriber)
    return this.#link.command(async (channel) => (await this.#take(channel, subscriber, limit)).map(described))
  }

  /** Sends dead events, or one of them, to their subscriber again; each leaves the dead queue when the broker has it anew. What is no event stays. */
  async redrive(subscriber: Subscriber, { limit, eventId }: RedriveSelection): Promise<number> {
    await this.#ensure(subscriber)
    const channel = await this.#link.channel()
    try {
      let redriven = 0
      for (const message of await this.#take(channel, subscriber, limit)) {
        const event = readMessage(message.content)
        if (!event || (eventId !== undefined && event.id !== eventId)) continue
        await this.#publisher.deliver(subscriber, [{ ...event, content: message.content }], AbortSignal.timeout(redriveTimeoutMs))
        channel.ack(message)
        redriven += 1
      }
      return redriven
    } finally {
      // What was not acknowledged goes back with the channel.
      await closeChannel(channel)
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#link.close(), this.#publisher.close()])
  }

  async #ensure(subscriber: Subscriber): Promise<void> {
    const { logger } = this.#options
    await ensureQueues(this.#link, {
      names: this.#names,
      subscriber,
      deliveryLimit: defaultDeliveryLimit,
      settleMs: defaultSettleMs,
      logger,
    })
  }

  async #take(channel: Channel, subscriber: Subscriber, limit: number): Promise<GetMessage[]> {
    const taken: GetMessage[] = []
    while (taken.length < limit) {
      const message = await channel.get(this.#names.deadQueue(subscriber))
      if (message === false) break
      taken.push(message)
    }
    return taken
  }
}

const redriveTimeoutMs = 10_000

function described(message: GetMessage): DeadMessage {
  const event = readMessage(message.content)
  const reason: unknown = message.properties.headers?.['x-first-death-reason']
  return { eventId: event?.id, type: event?.type, reason: typeof reason === 'string' ? reason : 'unknown' }
}
