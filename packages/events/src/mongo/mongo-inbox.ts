import { ConflictError, SerializationError } from '@polystore/db-core'
import type { CallOptions, MongoDatabase, MongoTransaction } from '@polystore/db-core/mongo'
import type { Collection } from 'mongodb'
import type { FailedDepth, FailedEvent, Failure, InboxStore } from '../inbox/inbox-store.ts'
import { failedEventCollection, inboxCollection, type FailedEventDocument } from './event-collections.ts'

const keyOf = (consumer: string, eventId: string): string => `${consumer} ${eventId}`

export class MongoInbox implements InboxStore<MongoTransaction> {
  readonly #database: MongoDatabase

  constructor(database: MongoDatabase) {
    this.#database = database
  }

  transaction<Result>(work: (tx: MongoTransaction) => Promise<Result>): Promise<Result> {
    return this.#database.transaction(work)
  }

  async admit(consumer: string, eventIds: readonly string[], tx: MongoTransaction): Promise<ReadonlySet<string>> {
    const keys = eventIds.map((id) => keyOf(consumer, id))
    const inbox = this.#database.collection(inboxCollection)
    const context = { tx, entity: 'inbox' }
    const noted = await this.#database.run((options) => inbox.find({ _id: { $in: keys } }, options).toArray(), context)
    const known = new Set(noted.map(({ _id }) => _id))
    const fresh = eventIds.filter((id) => !known.has(keyOf(consumer, id)))
    if (fresh.length === 0) return new Set()
    const appliedAt = this.#database.now()
    const notes = fresh.map((id) => ({ _id: keyOf(consumer, id), appliedAt }))
    await this.#database.run((options) => inbox.insertMany(notes, options), context).catch(asConflict)
    return new Set(fresh)
  }

  async fail({ consumer, eventId, event, reason, pauseMs }: Failure): Promise<void> {
    const due = pauseMs === undefined ? null : dateAfter(pauseMs)
    const failure = {
      consumer: { $literal: consumer },
      eventId: { $literal: eventId },
      event: { $ifNull: ['$event', { $literal: event }] },
      failures: { $add: [{ $ifNull: ['$failures', 0] }, 1] },
      lastError: { $literal: reason },
      failedAt: { $ifNull: ['$failedAt', '$$NOW'] },
      nextAttemptAt: due,
      parkedAt: due === null ? '$$NOW' : null,
    }
    await this.#run((options) =>
      this.#failed.updateOne({ _id: keyOf(consumer, eventId) }, [{ $set: failure }], { ...options, upsert: true }),
    )
  }

  async claimFailed({ limit, leaseMs }: { readonly limit: number; readonly leaseMs: number }): Promise<FailedEvent[]> {
    const claimed: FailedEvent[] = []
    const lease = [{ $set: { nextAttemptAt: dateAfter(leaseMs) } }]
    while (claimed.length < limit) {
      const document = await this.#run((options) => this.#failed.findOneAndUpdate(isDue, lease, { ...options, sort: { nextAttemptAt: 1 } }))
      if (document === null) break
      claimed.push(toFailedEvent(document))
    }
    return claimed
  }

  async forget(consumer: string, eventId: string, tx: MongoTransaction): Promise<void> {
    await this.#run((options) => this.#failed.deleteOne({ _id: keyOf(consumer, eventId) }, options), tx)
  }

  async listFailed({ parkedOnly, limit }: { readonly parkedOnly: boolean; readonly limit: number }): Promise<FailedEvent[]> {
    const filter = parkedOnly ? { nextAttemptAt: null } : {}
    const documents = await this.#run((options) =>
      this.#failed.find(filter, { ...options, sort: { failedAt: 1, _id: 1 }, limit }).toArray(),
    )
    return documents.map(toFailedEvent)
  }

  async redrive(eventId?: string): Promise<number> {
    const filter = eventId === undefined ? {} : { eventId }
    const due = [{ $set: { nextAttemptAt: '$$NOW', parkedAt: null, failures: 0 } }]
    return (await this.#run((options) => this.#failed.updateMany(filter, due, options))).matchedCount
  }

  async failedDepth(): Promise<FailedDepth> {
    const count = (filter: object) => this.#run((options) => this.#failed.countDocuments(filter, options))
    const [all, parked] = [await count({}), await count({ nextAttemptAt: null })]
    return { waiting: Math.max(0, all - parked), parked }
  }

  async purge({ days, limit }: { readonly days: number; readonly limit: number }): Promise<number> {
    const inbox = this.#database.collection(inboxCollection)
    const isOld = { $expr: { $lt: ['$appliedAt', { $dateSubtract: { startDate: '$$NOW', unit: 'day', amount: days } }] } }
    const old = await this.#run((options) =>
      inbox.find(isOld, { ...options, projection: { _id: 1 }, sort: { appliedAt: 1 }, limit }).toArray(),
    )
    if (old.length === 0) return 0
    return (await this.#run((options) => inbox.deleteMany({ _id: { $in: old.map(({ _id }) => _id) } }, options))).deletedCount
  }

  get #failed(): Collection<FailedEventDocument> {
    return this.#database.collection(failedEventCollection)
  }

  #run<Result>(call: (options: CallOptions) => Promise<Result>, tx?: MongoTransaction): Promise<Result> {
    return this.#database.run(call, { tx, entity: 'failed_events' })
  }
}

// Null is less than any time to MongoDB.
const isDue = { nextAttemptAt: { $ne: null }, $expr: { $lte: ['$nextAttemptAt', '$$NOW'] } }

/** Another replica has just noted one of them: the whole is to be tried again, and will see its note. */
function asConflict(error: unknown): never {
  throw error instanceof ConflictError ? new SerializationError('The event is being applied elsewhere.', { cause: error }) : error
}

function dateAfter(ms: number): object {
  return { $dateAdd: { startDate: '$$NOW', unit: 'millisecond', amount: { $toLong: ms } } }
}

function toFailedEvent({ consumer, eventId, event, failures, lastError, parkedAt }: FailedEventDocument): FailedEvent {
  return { consumer, eventId, event, failures, lastError, parkedAt: parkedAt ?? undefined }
}
