import { randomUUID } from 'node:crypto'
import type { Subscriber } from '@polystore/contracts'
import type { CallOptions, MongoDatabase } from '@polystore/db-core/mongo'
import { ObjectId, type AnyBulkWriteOperation, type Collection } from 'mongodb'
import type { Claim, ClaimOptions, Delivery, OutboxDepth, OutboxStore, PostponedDelivery } from '../outbox/outbox-store.ts'
import { toEvent } from '../outbox/to-event.ts'
import { outboxCollection, type OutboxDocument } from './event-collections.ts'

interface DepthDocument {
  readonly _id: Subscriber
  readonly waiting: number
  readonly oldestMs: number
}

interface DueDocument {
  readonly subject: string
  readonly now: Date
}

interface NewLease {
  readonly lease: string
  readonly now: Date
  readonly until: Date
}

/** Claims by a lease that one update sets: of relays that want the same document, one gets it. */
export class MongoOutbox implements OutboxStore {
  readonly #database: MongoDatabase
  readonly #source: string

  constructor(database: MongoDatabase, source: string) {
    this.#database = database
    this.#source = source
  }

  async claim({ subscriber, limit, leaseMs }: ClaimOptions): Promise<Claim> {
    const lease = randomUUID()
    const { now, subjects } = await this.#findDue(subscriber, limit)
    const lowest = subjects.length === 0 ? [] : await this.#lowestOf(subscriber, subjects)
    const due = lowest.filter(({ nextAttemptAt }) => nextAttemptAt <= now)
    if (due.length === 0) return { lease, deliveries: [] }
    const claimed = await this.#lease(due, { lease, now, until: new Date(now.getTime() + leaseMs) })
    return { lease, deliveries: claimed.map((document) => this.#toDelivery(document)) }
  }

  async remove(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return
    await this.#run((options) => this.#collection.deleteMany({ _id: { $in: ids.map(toKey) } }, options))
  }

  async postpone(lease: string, deliveries: readonly PostponedDelivery[], reason: string): Promise<void> {
    const operations = deliveries.map(({ id, pauseMs }): AnyBulkWriteOperation<OutboxDocument> => {
      const refused = {
        lease: null,
        refusals: { $add: ['$refusals', 1] },
        lastError: { $literal: reason },
        nextAttemptAt: dateAfter(pauseMs),
      }
      return { updateOne: { filter: { _id: toKey(id), lease }, update: [{ $set: refused }] } }
    })
    await this.#run((options) => this.#collection.bulkWrite(operations, { ...options, ordered: false }))
  }

  async release(lease: string, ids: readonly string[]): Promise<void> {
    const released = { $set: { lease: null, nextAttemptAt: '$$NOW' } }
    await this.#run((options) => this.#collection.updateMany({ _id: { $in: ids.map(toKey) }, lease }, [released], options))
  }

  async depth(): Promise<ReadonlyMap<Subscriber, OutboxDepth>> {
    const pipeline = [
      { $group: { _id: '$subscriber', waiting: { $sum: 1 }, oldest: { $min: '$createdAt' } } },
      { $project: { waiting: 1, oldestMs: { $subtract: ['$$NOW', '$oldest'] } } },
    ]
    const groups = await this.#run((options) => this.#collection.aggregate<DepthDocument>(pipeline, options).toArray())
    return new Map(groups.map(({ _id, waiting, oldestMs }) => [_id, { waiting, oldestSeconds: Math.max(0, Number(oldestMs)) / 1_000 }]))
  }

  get #collection(): Collection<OutboxDocument> {
    return this.#database.collection(outboxCollection)
  }

  #run<Result>(call: (options: CallOptions) => Promise<Result>): Promise<Result> {
    return this.#database.run(call, { entity: 'outbox' })
  }

  /** The subjects of what is due, and the time of the database. */
  async #findDue(subscriber: Subscriber, limit: number): Promise<{ readonly now: Date; readonly subjects: readonly string[] }> {
    const options = { projection: { _id: 0, subject: 1, now: '$$NOW' }, sort: { nextAttemptAt: 1 }, limit } as const
    const isDue = { subscriber, $expr: { $lte: ['$nextAttemptAt', '$$NOW'] } }
    const due = await this.#run((given) => this.#collection.find<DueDocument>(isDue, { ...given, ...options }).toArray())
    return { now: due[0]?.now ?? new Date(0), subjects: [...new Set(due.map(({ subject }) => subject))] }
  }

  /**
   * Asked after the due ones were seen: an earlier event of a subject was committed before a later one, so it is seen here even if
   * the first look had missed it.
   */
  async #lowestOf(subscriber: Subscriber, subjects: readonly string[]): Promise<OutboxDocument[]> {
    const pipeline = [
      { $match: { subscriber, subject: { $in: subjects } } },
      { $sort: { subscriber: 1, subject: 1, sequence: 1 } },
      { $group: { _id: '$subject', lowest: { $first: '$$ROOT' } } },
    ]
    const groups = await this.#run((options) => this.#collection.aggregate<{ lowest: OutboxDocument }>(pipeline, options).toArray())
    return groups.map(({ lowest }) => lowest).toSorted((a, b) => (a._id.toHexString() < b._id.toHexString() ? -1 : 1))
  }

  /** Those of the documents that no other relay has leased meanwhile. */
  async #lease(due: readonly OutboxDocument[], { lease, now, until }: NewLease): Promise<readonly OutboxDocument[]> {
    const _id = { $in: due.map((document) => document._id) }
    const change = { $set: { lease, nextAttemptAt: until } }
    const { modifiedCount } = await this.#run((options) =>
      this.#collection.updateMany({ _id, nextAttemptAt: { $lte: now } }, change, options),
    )
    if (modifiedCount === due.length) return due
    const own = await this.#run((options) => this.#collection.find({ _id, lease }, { ...options, projection: { _id: 1 } }).toArray())
    const ids = new Set(own.map((document) => document._id.toHexString()))
    return due.filter((document) => ids.has(document._id.toHexString()))
  }

  #toDelivery({ _id, refusals, ...stored }: OutboxDocument): Delivery {
    return { id: _id.toHexString(), refusals, event: toEvent(stored, this.#source) }
  }
}

function toKey(id: string): ObjectId {
  return ObjectId.createFromHexString(id)
}

function dateAfter(ms: number): object {
  return { $dateAdd: { startDate: '$$NOW', unit: 'millisecond', amount: { $toLong: ms } } }
}
