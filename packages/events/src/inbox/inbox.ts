import { UnavailableError, CommitUnknownError, SerializationError } from '@polystore/db-core'
import type { CloudEvent } from '@polystore/contracts'
import { continueTrace, runInTrace, type Crash, type Logger } from '@polystore/service-kit'
import type { EventCrashPoint } from '../crash-points.ts'
import { growingPause } from '../workers/growing-pause.ts'
import type { Consumer } from './consumer.ts'
import type { FailedEvent, InboxStore } from './inbox-store.ts'
import { parseEnvelope, parseEvent } from './parse-event.ts'

export interface InboxOptions<Tx> {
  readonly store: InboxStore<Tx>
  readonly consumers: readonly Consumer<Tx>[]
  readonly maxTries: number
  readonly log: Pick<Logger, 'warn' | 'error'>
  readonly crash: Crash<EventCrashPoint>
}

/** Stands for the consumer of an event that nobody here has a consumer for, such as one of a release to come. */
export const unrouted = 'unrouted'

const retryPause = { firstMs: 500, longestMs: 5 * 60_000 }
/** Batches that may wait for their turn. */
const maxWaiting = 64

interface Received {
  readonly id: string
  readonly type: string
  readonly event: unknown
}

/**
 * Applies events by their consumers, once each. The failure of an event is its consumer's: it is kept here and the event counts as
 * accepted. Only when the database fails is nothing accepted, so that all of it is sent again.
 */
export class Inbox<Tx> {
  readonly #options: InboxOptions<Tx>
  #last: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(options: InboxOptions<Tx>) {
    this.#options = options
  }

  /** One batch after another, so that batches never conflict. Answers the ids of what is stored. @throws RepositoryError */
  async accept(events: readonly unknown[]): Promise<string[]> {
    if (this.#waiting >= maxWaiting) throw new UnavailableError('Too many events are waiting.')
    this.#waiting += 1
    const turn = this.#last.then(() => this.#acceptNow(events))
    this.#last = turn.catch(() => {})
    try {
      return await turn
    } finally {
      this.#waiting -= 1
    }
  }

  /** Tries again what failed before. @throws RepositoryError when it was the database that failed */
  async retry(failed: FailedEvent): Promise<void> {
    const envelope = parseEnvelope(failed.event)
    const consumers = this.#options.consumers.filter(({ name, types }) =>
      failed.consumer === unrouted ? types.some((type) => type === envelope?.type) : name === failed.consumer,
    )
    const received = { id: failed.eventId, type: envelope?.type ?? '', event: failed.event }
    try {
      if (consumers.length === 0) throw new Error(`no consumer for events of the type ${received.type}`)
      for (const consumer of consumers) await this.#apply(consumer, [received], failed)
    } catch (error) {
      if (isDatabaseFailure(error)) throw error
      await this.#fail(failed.consumer, received, { error, failures: failed.failures + 1 })
    }
  }

  async #acceptNow(events: readonly unknown[]): Promise<string[]> {
    const received = new Map<string, Received>()
    for (const event of events) {
      const envelope = parseEnvelope(event)
      if (envelope !== undefined) received.set(envelope.id, { ...envelope, event })
    }
    const { consumers } = this.#options
    for (const consumer of consumers) {
      const own = [...received.values()].filter(({ type }) => consumer.types.some((wanted) => wanted === type))
      if (own.length > 0) await this.#applyOrFail(consumer, own)
    }
    const known = new Set<string>(consumers.flatMap(({ types }) => types))
    for (const event of received.values()) {
      if (!known.has(event.type)) await this.#fail(unrouted, event, { error: new Error(`no consumer for ${event.type}`), failures: 1 })
    }
    return [...received.keys()]
  }

  /** All at once, and after an error in halves, until what is at fault stands alone. */
  async #applyOrFail(consumer: Consumer<Tx>, events: readonly Received[]): Promise<void> {
    try {
      await this.#apply(consumer, events)
    } catch (error) {
      if (isDatabaseFailure(error)) throw error
      const [first, ...others] = events
      if (first === undefined) return
      if (others.length === 0) return await this.#fail(consumer.name, first, { error, failures: 1 })
      const half = Math.ceil(events.length / 2)
      await this.#applyOrFail(consumer, events.slice(0, half))
      await this.#applyOrFail(consumer, events.slice(half))
    }
  }

  async #apply(consumer: Consumer<Tx>, received: readonly Received[], failed?: FailedEvent): Promise<void> {
    const { store, crash } = this.#options
    const events = received.map(({ event }) => parseEvent(event))
    await inTraceOf(events, () =>
      store.transaction(async (tx) => {
        const ids = events.map(({ id }) => id)
        const fresh = await store.admit(consumer.name, ids, tx)
        if (fresh.size > 0) await consumer.apply(events.filter(({ id }) => fresh.has(id)), tx) // prettier-ignore
        if (failed !== undefined) await store.forget(failed.consumer, failed.eventId, tx)
        crash('before-apply-commit')
      }),
    )
    crash('after-apply-commit')
  }

  async #fail(consumer: string, { id, type, event }: Received, { error, failures }: { error: unknown; failures: number }): Promise<void> {
    const { store, maxTries, log } = this.#options
    const reason = error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 500) : 'unknown'
    const pauseMs = failures < maxTries ? growingPause(failures, retryPause) : undefined
    await store.fail({ consumer, eventId: id, event, reason, pauseMs })
    const facts = { err: error, consumer, eventId: id, type, failures }
    if (pauseMs === undefined) log.error(facts, 'an event is parked')
    else log.warn(facts, 'an event could not be applied')
  }
}

/** A single event is handled in the trace that it comes from. */
function inTraceOf<Result>(events: readonly CloudEvent[], work: () => Promise<Result>): Promise<Result> {
  const [only, ...others] = events
  return runInTrace(continueTrace(others.length === 0 ? only?.traceparent : undefined), work)
}

/** The database, not the event, is at fault. */
function isDatabaseFailure(error: unknown): boolean {
  return error instanceof UnavailableError || error instanceof CommitUnknownError || error instanceof SerializationError
}
