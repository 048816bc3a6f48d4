import { CommitUnknownError, SerializationError, UnavailableError } from '@polystore/db-core'
import type { CloudEvent } from '@polystore/contracts'
import { continueTrace, growingPause, runInTrace, type Crash, type Logger, type PauseBounds } from '@polystore/service-kit'
import type { EventCrashPoint } from '../crash-points.ts'
import type { Consumer } from './consumer.ts'
import type { FailedEvent, InboxStore } from './inbox-store.ts'
import { readEvent, type ReceivedEvent } from './read-event.ts'

export interface InboxOptions<Tx> {
  readonly store: InboxStore<Tx>
  readonly consumers: readonly Consumer<Tx>[]
  /** Failures of one event after which it is parked. */
  readonly maxTries: number
  readonly log: Pick<Logger, 'warn' | 'error'>
  readonly crash: Crash<EventCrashPoint>
  /** Between the tries of one event. */
  readonly retryPause?: PauseBounds
}

/** Stands for the consumer of an event that nobody here has a consumer for, such as one of a release to come. */
export const unrouted = 'unrouted'

const defaultRetryPause = { firstMs: 500, longestMs: 5 * 60_000 }
/** Batches that may wait for their turn. */
const maxWaiting = 64

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

  /** Takes one batch after another, so that they never conflict. Answers the ids of what is stored. @throws RepositoryError */
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
    const received = readEvent(failed.event) ?? { id: failed.eventId, type: '', raw: failed.event, event: new Error('no event') }
    const consumers = this.#options.consumers.filter(
      ({ name, types }) => name === failed.consumer || (failed.consumer === unrouted && takes(types, received)),
    )
    try {
      if (received.event instanceof Error) throw received.event
      if (consumers.length === 0) throw noConsumer()
      for (const consumer of consumers) {
        await this.#apply(consumer, [received.event], consumer === consumers.at(-1) ? failed : undefined)
      }
    } catch (error) {
      if (isDatabaseFailure(error)) throw error
      await this.#fail(failed.consumer, received, error, failed.failures + 1)
    }
  }

  async #acceptNow(events: readonly unknown[]): Promise<string[]> {
    const received = new Map<string, ReceivedEvent>()
    for (const raw of events) {
      const event = readEvent(raw)
      if (event !== undefined) received.set(event.id, event)
    }
    const { consumers } = this.#options
    for (const consumer of consumers) {
      const own = [...received.values()].filter((event) => takes(consumer.types, event))
      for (const id of await this.#acceptBy(consumer, own)) received.delete(id)
    }
    for (const event of received.values()) {
      const isKept = consumers.some(({ types }) => takes(types, event)) || (await this.#fail(unrouted, event, noConsumer(), 1))
      if (!isKept) received.delete(event.id)
    }
    return [...received.keys()]
  }

  /** Answers the ids of those that could be neither applied nor kept. */
  async #acceptBy(consumer: Consumer<Tx>, received: readonly ReceivedEvent[]): Promise<string[]> {
    const lost: string[] = []
    const readable: CloudEvent[] = []
    for (const one of received) {
      if (!(one.event instanceof Error)) readable.push(one.event)
      else if (!(await this.#fail(consumer.name, one, one.event, 1))) lost.push(one.id)
    }
    return [...lost, ...(await this.#applyInParts(consumer, readable))]
  }

  /** All at once, and after an error in halves, until what is at fault stands alone. Answers as `acceptBy`. */
  async #applyInParts(consumer: Consumer<Tx>, events: readonly CloudEvent[]): Promise<string[]> {
    const [first, ...others] = events
    if (first === undefined) return []
    try {
      await this.#apply(consumer, events)
      return []
    } catch (error) {
      if (isDatabaseFailure(error)) throw error
      if (others.length === 0) return (await this.#fail(consumer.name, { ...first, raw: first }, error, 1)) ? [] : [first.id]
    }
    const half = Math.ceil(events.length / 2)
    return [...(await this.#applyInParts(consumer, events.slice(0, half))), ...(await this.#applyInParts(consumer, events.slice(half)))]
  }

  /** The effect and the note of it, where one is kept, commit together; and with them goes the failure that they make good. */
  async #apply(consumer: Consumer<Tx>, events: readonly CloudEvent[], failed?: FailedEvent): Promise<void> {
    const { store, crash } = this.#options
    const { inTurn = atOnce } = consumer
    const work = async (tx: Tx): Promise<void> => {
      const fresh = consumer.idempotent ? events : await this.#admit(consumer, events, tx)
      if (fresh.length > 0) await consumer.apply(fresh, tx)
      if (failed !== undefined) await store.forget(failed.consumer, failed.eventId, tx)
      crash('before-apply-commit')
    }
    await inTraceOf(events, () => inTurn(() => store.transaction(work)))
    crash('after-apply-commit')
  }

  /** Those that the consumer had not applied before. */
  async #admit({ name }: Consumer<Tx>, events: readonly CloudEvent[], tx: Tx): Promise<readonly CloudEvent[]> {
    const ids = events.map(({ id }) => id)
    const fresh = await this.#options.store.admit(name, ids, tx)
    return events.filter(({ id }) => fresh.has(id))
  }

  /** False when the database cannot even hold the event, such as a text with a NUL in it: its transport is left with it. */
  async #fail(consumer: string, { id, type, raw }: Omit<ReceivedEvent, 'event'>, error: unknown, failures: number): Promise<boolean> {
    const { store, maxTries, log, retryPause = defaultRetryPause } = this.#options
    const reason = error instanceof Error ? `${error.name}: ${error.message}`.slice(0, 500) : 'unknown'
    const pauseMs = failures < maxTries ? growingPause(failures, retryPause) : undefined
    const facts = { consumer, eventId: id, type, failures }
    try {
      await store.fail({ consumer, eventId: id, event: raw, reason, pauseMs })
    } catch (failure) {
      if (isDatabaseFailure(failure)) throw failure
      log.error({ err: failure, ...facts }, 'an event that could not be applied could not be kept either')
      return false
    }
    if (pauseMs === undefined) log.error({ err: error, ...facts }, 'an event is parked')
    else log.warn({ err: error, ...facts }, 'an event could not be applied')
    return true
  }
}

function atOnce<Result>(work: () => Promise<Result>): Promise<Result> {
  return work()
}

function takes(types: readonly string[], { type }: Pick<ReceivedEvent, 'type'>): boolean {
  return types.includes(type)
}

function noConsumer(): Error {
  return new Error('there is no consumer for this type of event')
}

/** A single event is handled in the trace that it comes from. */
function inTraceOf<Result>(events: readonly CloudEvent[], work: () => Promise<Result>): Promise<Result> {
  const [only, ...others] = events
  return runInTrace(continueTrace(others.length === 0 ? only?.traceparent : undefined), work)
}

/** The database, not the event, is at fault. A statement that takes too long may well be the event's own. */
function isDatabaseFailure(error: unknown): boolean {
  return error instanceof UnavailableError || error instanceof CommitUnknownError || error instanceof SerializationError
}
