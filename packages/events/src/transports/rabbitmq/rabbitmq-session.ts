import { setTimeout as delay } from 'node:timers/promises'
import type { Channel, ConsumeMessage } from 'amqplib'
import type { Subscriber } from '@polystore/contracts'
import { growingPause, type Logger } from '@polystore/service-kit'
import type { AcceptEvents } from '../event-transport.ts'
import { readMessage, type ReadMessage } from './rabbitmq-message.ts'

export interface RabbitmqSessionOptions {
  readonly queue: string
  readonly subscriber: Subscriber
  readonly accept: AcceptEvents
  /** Messages in memory at most, and events handed over at once. */
  readonly prefetch: number
  /** Whether to end at the first message that was never delivered before. */
  readonly untilFresh: boolean
  /** After which silence the session ends, to begin anew. */
  readonly silenceMs: number
  readonly stopping: AbortSignal
  readonly logger: Pick<Logger, 'info' | 'warn'>
}

interface Readable extends ReadMessage {
  readonly message: ConsumeMessage
}

const refusalPause = { firstMs: 100, longestMs: 1_000 }

/**
 * Takes messages from a channel for as long as it lives, and acknowledges what was accepted. What is not accepted stays here and is
 * offered again: given back, it would count as failed.
 */
export class RabbitmqSession {
  readonly #channel: Channel
  readonly #options: RabbitmqSessionOptions
  readonly #lost = new AbortController()
  readonly #ended: AbortSignal
  readonly #waiting: ConsumeMessage[] = []
  #arrived = Promise.withResolvers<void>()
  #isSound = false
  #refusals = 0

  constructor(channel: Channel, options: RabbitmqSessionOptions) {
    this.#channel = channel
    this.#options = options
    this.#ended = AbortSignal.any([this.#lost.signal, options.stopping])
    this.#ended.addEventListener('abort', () => this.#arrived.resolve())
    channel.once('close', () => this.#lost.abort())
  }

  /** Settles when the channel is lost or the transport is stopping; true when it was ended by a fresh message. */
  async run(): Promise<boolean> {
    const { prefetch, queue, untilFresh } = this.#options
    await this.#channel.prefetch(prefetch)
    await this.#channel.consume(queue, (message) => this.#receive(message))
    while (!this.#ended.aborted && !(untilFresh && this.#isSound)) {
      if (this.#waiting.length === 0) await this.#arrival()
      else await this.#work()
    }
    return this.#isSound && !this.#ended.aborted
  }

  /** Without a message the broker says that the queue is gone. */
  #receive(message: ConsumeMessage | null): void {
    if (message === null) this.#lost.abort()
    else this.#waiting.push(message)
    this.#arrived.resolve()
  }

  /** A broker of 3.10 delivers nothing to a consumer whose queue was removed and made anew: a long silence ends the session. */
  async #arrival(): Promise<void> {
    const timer = setTimeout(() => this.#lost.abort(), this.#options.silenceMs)
    await this.#arrived.promise
    clearTimeout(timer)
    this.#arrived = Promise.withResolvers<void>()
  }

  async #work(): Promise<void> {
    const messages = this.#next()
    const readable = messages.flatMap((message) => this.#read(message))
    const accepted = await this.#offer(readable)
    if (this.#lost.signal.aborted) return
    for (const { message, id } of readable) if (accepted.has(id)) this.#channel.ack(message)
    const refused = readable.filter(({ id }) => !accepted.has(id))
    this.#waiting.unshift(...refused.map(({ message }) => message))
    if (refused.length > 0) return this.#pause()
    this.#recovered()
    if (messages.some(({ fields }) => !fields.redelivered)) this.#isSound = true
  }

  /** One that was delivered before goes alone: it may be what its process died of. */
  #next(): ConsumeMessage[] {
    const known = this.#waiting.findIndex(({ fields }) => fields.redelivered)
    const count = known === -1 ? this.#waiting.length : Math.max(known, 1)
    return this.#waiting.splice(0, Math.min(count, this.#options.prefetch))
  }

  /** What is no event will not become one: it goes to the dead queue. */
  #read(message: ConsumeMessage): Readable[] {
    const received = readMessage(message.content)
    if (received) return [{ message, ...received }]
    const { logger, subscriber } = this.#options
    logger.warn({ subscriber, bytes: message.content.length }, 'a message that is no event goes to the dead queue')
    this.#channel.reject(message, false)
    return []
  }

  async #offer(readable: readonly Readable[]): Promise<ReadonlySet<string>> {
    if (readable.length === 0) return new Set()
    try {
      return new Set(await this.#options.accept(readable.map(({ event }) => event)))
    } catch (error) {
      if (this.#refusals === 0)
        this.#options.logger.warn({ err: error, subscriber: this.#options.subscriber }, 'events could not be accepted')
      return new Set()
    }
  }

  async #pause(): Promise<void> {
    this.#refusals += 1
    await delay(growingPause(this.#refusals, refusalPause), undefined, { signal: this.#ended }).catch(() => {})
  }

  #recovered(): void {
    if (this.#refusals > 0) this.#options.logger.info({ subscriber: this.#options.subscriber }, 'events are accepted again')
    this.#refusals = 0
  }
}
