import type { Subscriber } from '@polystore/contracts'
import { growingPause, Worker, type Crash, type Logger, type Pause, type PauseBounds } from '@polystore/service-kit'
import type { EventCrashPoint } from '../crash-points.ts'
import type { EventTransport } from '../transports/event-transport.ts'
import type { Claim, OutboxStore } from './outbox-store.ts'

export interface RelayOptions {
  readonly outbox: OutboxStore
  readonly transport: EventTransport
  readonly subscribers: readonly Subscriber[]
  readonly pollMs: number
  readonly log: Pick<Logger, 'info' | 'warn'>
  /** False while the service may not work with its database. */
  readonly mayWork: () => boolean
  readonly crash: Crash<EventCrashPoint>
  /** Deliveries of one round; 500 unless said otherwise. */
  readonly limit?: number
  /** Until another relay may claim what this one has not handed over. */
  readonly leaseMs: number
  /** From a wake to its round, and between two rounds that are not full: what is written meanwhile shares the next; 100 unless said otherwise. */
  readonly gatherMs?: number
  /** After a refusal, by delivery. */
  readonly refusalPause?: PauseBounds
  /** While a subscriber cannot be reached. */
  readonly outagePause?: PauseBounds
}

const defaultGatherMs = 100
const defaultRefusalPause = { firstMs: 500, longestMs: 60_000 }
const defaultOutagePause = { firstMs: 100, longestMs: 2_000 }

/**
 * Hands over what an outbox holds, at least once, the events of one subject in their order. Every subscriber has its own rounds, so
 * that one that is down or slow keeps nobody waiting. Nothing is ever dropped.
 */
export class Relay {
  readonly #workers: readonly Worker[]
  readonly #gatherMs: number
  #waking: NodeJS.Timeout | undefined

  constructor(options: RelayOptions) {
    this.#gatherMs = options.gatherMs ?? defaultGatherMs
    this.#workers = options.subscribers.map((subscriber) => {
      const lane = new Lane(subscriber, options)
      return new Worker({ round: (signal) => lane.round(signal) })
    })
  }

  start(): void {
    for (const worker of this.#workers) worker.start()
  }

  /** Something was written. Nobody waits for it to be told, so others may still join it. */
  wake(): void {
    this.#waking ??= setTimeout(() => {
      this.#waking = undefined
      for (const worker of this.#workers) worker.wake()
    }, this.#gatherMs)
  }

  /** What is not handed over yet stays due for another relay. */
  async stop(): Promise<void> {
    clearTimeout(this.#waking)
    await Promise.all(this.#workers.map((worker) => worker.stop()))
  }
}

class Lane {
  readonly #subscriber: Subscriber
  readonly #options: RelayOptions
  #outages = 0

  constructor(subscriber: Subscriber, options: RelayOptions) {
    this.#subscriber = subscriber
    this.#options = options
  }

  async round(signal: AbortSignal): Promise<Pause> {
    const { outbox, limit = 500, leaseMs, gatherMs = defaultGatherMs, pollMs, log, mayWork, crash } = this.#options
    if (!mayWork()) return { leastMs: pollMs, mostMs: pollMs }
    try {
      const claim = await outbox.claim({ subscriber: this.#subscriber, limit, leaseMs })
      if (claim.deliveries.length === 0) return { leastMs: 0, mostMs: pollMs }
      crash('after-relay-claim')
      if (!(await this.#handOver(claim, signal))) return this.#outage()
      const full = claim.deliveries.length === limit
      return { leastMs: full ? 0 : gatherMs, mostMs: full ? 0 : gatherMs }
    } catch (error) {
      log.warn({ err: error, subscriber: this.#subscriber }, 'a round of the relay failed')
      return this.#outage()
    }
  }

  /** False when the subscriber cannot be reached. */
  async #handOver(claim: Claim, signal: AbortSignal): Promise<boolean> {
    const accepted = await this.#deliver(claim, signal)
    if (accepted === undefined) return false
    this.#options.crash('after-relay-deliver')
    this.#outages = 0
    const { outbox } = this.#options
    const isAccepted = ({ event }: Claim['deliveries'][number]): boolean => accepted.has(event.id)
    await outbox.remove(claim.deliveries.filter(isAccepted).map(({ id }) => id))
    const refused = claim.deliveries.filter((delivery) => !isAccepted(delivery))
    if (refused.length > 0) await this.#postpone(claim.lease, refused)
    return true
  }

  async #deliver(claim: Claim, signal: AbortSignal): Promise<ReadonlySet<string> | undefined> {
    const { outbox, transport, log } = this.#options
    const events = claim.deliveries.map(({ event }) => event)
    try {
      return await transport.deliver(this.#subscriber, events, signal)
    } catch (error) {
      if (!signal.aborted) log.info({ err: error, subscriber: this.#subscriber }, 'a subscriber cannot be reached')
      await outbox.release(
        claim.lease,
        claim.deliveries.map(({ id }) => id),
      )
      return undefined
    }
  }

  async #postpone(lease: string, refused: Claim['deliveries']): Promise<void> {
    const { outbox, log, refusalPause = defaultRefusalPause } = this.#options
    log.warn({ subscriber: this.#subscriber, events: refused.length }, 'a subscriber did not accept events')
    const postponed = refused.map(({ id, refusals }) => ({ id, pauseMs: growingPause(refusals + 1, refusalPause) }))
    await outbox.postpone(lease, postponed, 'not accepted')
  }

  /** Nobody wakes a relay out of this pause: the subscriber needs the peace. */
  #outage(): Pause {
    this.#outages += 1
    const pauseMs = growingPause(this.#outages, this.#options.outagePause ?? defaultOutagePause)
    return { leastMs: pauseMs, mostMs: pauseMs }
  }
}
