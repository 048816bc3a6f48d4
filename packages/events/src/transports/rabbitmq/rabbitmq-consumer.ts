import { setTimeout as delay } from 'node:timers/promises'
import type { Subscriber } from '@polystore/contracts'
import { UnavailableError } from '@polystore/db-core'
import type { AcceptEvents } from '../event-transport.ts'
import { brokerReason, closeChannel, RabbitmqLink, type RabbitmqLinkOptions } from './rabbitmq-link.ts'
import { RabbitmqSession, type RabbitmqSessionOptions } from './rabbitmq-session.ts'
import { ensureQueues, type RabbitmqNames } from './rabbitmq-topology.ts'

export interface RabbitmqConsumerOptions extends RabbitmqLinkOptions {
  readonly names: RabbitmqNames
  readonly deliveryLimit: number
  readonly settleMs: number
  readonly prefetch: number
  readonly silenceMs: number
  readonly subscriber: Subscriber
  readonly accept: AcceptEvents
}

const longestPauseMs = 1_000

/** Consumes the queue of one subscriber, and begins anew after every loss. */
export class RabbitmqConsumer {
  readonly #options: RabbitmqConsumerOptions
  readonly #link: RabbitmqLink
  readonly #stopping = new AbortController()
  readonly #running: Promise<void>

  constructor(options: RabbitmqConsumerOptions) {
    this.#options = options
    this.#link = new RabbitmqLink(options)
    this.#running = this.#run()
  }

  /** Lets what is being accepted finish and be acknowledged; the rest goes back to the queue. */
  async close(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    await this.#link.close()
  }

  async #run(): Promise<void> {
    for (let failures = 0; !this.#stopping.signal.aborted; failures += 1) {
      const startedAt = performance.now()
      await this.#session()
      if (performance.now() - startedAt > longestPauseMs) failures = 0
      const pauseMs = Math.min(longestPauseMs, 50 * 2 ** Math.min(failures, 10)) * (0.5 + Math.random() / 2)
      await delay(pauseMs, undefined, { signal: this.#stopping.signal }).catch(() => {})
    }
  }

  /**
   * One message at a time at first: a message that kills its process comes back first, and takes none of its neighbours with it to the
   * dead queue. When the first fresh message has been accepted, many at a time.
   */
  async #session(): Promise<void> {
    const { names, subscriber, prefetch, deliveryLimit, settleMs, logger } = this.#options
    try {
      await ensureQueues(this.#link, { names, subscriber, deliveryLimit, settleMs, logger })
      const isSound = await this.#consume({ prefetch: 1, untilFresh: true })
      if (isSound) await this.#consume({ prefetch, untilFresh: false })
    } catch (error) {
      // The link tells of its own outages.
      if (!(error instanceof UnavailableError))
        logger.warn({ subscriber, reason: brokerReason(error) }, 'the consumer of a queue begins anew')
    }
  }

  async #consume(pace: Pick<RabbitmqSessionOptions, 'prefetch' | 'untilFresh'>): Promise<boolean> {
    const { names, subscriber, accept, silenceMs, logger } = this.#options
    const channel = await this.#link.channel()
    const session = { queue: names.queue(subscriber), subscriber, accept, silenceMs, logger, stopping: this.#stopping.signal }
    return new RabbitmqSession(channel, { ...session, ...pace }).run().finally(() => closeChannel(channel))
  }
}
