import type { Subscriber } from '@polystore/contracts'
import { UnavailableError } from '@polystore/db-core'
import { growingPause, Worker, type Pause } from '@polystore/service-kit'
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

const lossPause = { firstMs: 50, longestMs: 1_000 }

/** Consumes the queue of one subscriber, and begins anew after every loss. */
export class RabbitmqConsumer {
  readonly #options: RabbitmqConsumerOptions
  readonly #link: RabbitmqLink
  readonly #worker = new Worker({ round: (signal) => this.#round(signal) })
  #losses = 0

  constructor(options: RabbitmqConsumerOptions) {
    this.#options = options
    this.#link = new RabbitmqLink(options)
    this.#worker.start()
  }

  /** Lets what is being accepted finish and be acknowledged; the rest goes back to the queue. */
  async close(): Promise<void> {
    await this.#worker.stop()
    await this.#link.close()
  }

  async #round(stopping: AbortSignal): Promise<Pause> {
    const startedAt = performance.now()
    await this.#session(stopping)
    const isShort = performance.now() - startedAt <= lossPause.longestMs
    this.#losses = isShort ? this.#losses + 1 : 1
    const pauseMs = growingPause(this.#losses, lossPause)
    return { leastMs: pauseMs, mostMs: pauseMs }
  }

  /**
   * One message at a time at first: a message that kills its process comes back first, and takes none of its neighbours with it to the
   * dead queue. When the first fresh message has been accepted, many at a time.
   */
  async #session(stopping: AbortSignal): Promise<void> {
    const { names, subscriber, prefetch, deliveryLimit, settleMs, logger } = this.#options
    try {
      await ensureQueues(this.#link, { names, subscriber, deliveryLimit, settleMs, logger })
      const isSound = await this.#consume({ prefetch: 1, untilFresh: true, stopping })
      if (isSound) await this.#consume({ prefetch, untilFresh: false, stopping })
    } catch (error) {
      // The link tells of its own outages.
      if (!(error instanceof UnavailableError))
        logger.warn({ subscriber, reason: brokerReason(error) }, 'the consumer of a queue begins anew')
    }
  }

  async #consume(pace: Pick<RabbitmqSessionOptions, 'prefetch' | 'untilFresh' | 'stopping'>): Promise<boolean> {
    const { names, subscriber, accept, silenceMs, logger } = this.#options
    const channel = await this.#link.channel()
    const session = { queue: names.queue(subscriber), subscriber, accept, silenceMs, logger }
    return new RabbitmqSession(channel, { ...session, ...pace }).run().finally(() => closeChannel(channel))
  }
}
