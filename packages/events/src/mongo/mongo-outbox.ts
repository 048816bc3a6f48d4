import { randomUUID } from 'node:crypto'
import type { Subscriber } from '@polystore/contracts'
import type { CallOptions, MongoDatabase } from '@polystore/db-core/mongo'
import { ObjectId, type AnyBulkWriteOperation, type Collection } from 'mongodb'
import type { Claim, ClaimOptions, Delivery, OutboxDepth, OutboxStore, PostponedDelivery } from '../outbox/outbox-store.ts'
import { toEvent } from '../outbox/to-event.ts'
import { outboxCollection, type OutboxDocument } from './event-collections.ts'

const isDue = { $expr: { $lte: ['$nextAttemptAt', '$$NOW'] } }

interface DepthDocument {
  readonly _id: Subscriber
  readonly waiting: number
  readonly oldestMs: number
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
    const due = await this.#findDue(subscriber, limit)
    const ids = due.length === 0 ? [] : await this.#lowestOf(subscriber, due)
    if (ids.length === 0) return { lease, deliveries: [] }
    const claimed = { $set: { lease, nextAttemptAt: dateAfter(leaseMs) } }
    await this.#run((options) => this.#collection.updateMany({ _id: { $in: ids }, ...isDue }, [claimed], options))
    const documents = await this.#run((options) => this.#collection.find({ _id: { $in: ids }, lease }, options).toArray())
    return { lease, deliveries: documents.map((document) => this.#toDelivery(document)) }
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

  async #findDue(subscriber: Subscriber, limit: number): Promise<string[]> {
    const options = { projection: { _id: 0, subject: 1 }, sort: { nextAttemptAt: 1 }, limit } as const
    const due = await this.#run((given) => this.#collection.find({ subscriber, ...isDue }, { ...given, ...options }).toArray())
    return [...new Set(due.map(({ subject }) => subject))]
  }

  /**
   * Asked after the due ones were seen: an earlier event of a subject was committed before a later one, so it is seen here even if
   * the first look had missed it.
   */
  async #lowestOf(subscriber: Subscriber, subjects: readonly string[]): Promise<ObjectId[]> {
    const pipeline = [
      { $match: { subscriber, subject: { $in: subjects } } },
      { $sort: { subscriber: 1, subject: 1, sequence: 1 } },
      { $group: { _id: '$subject', lowest: { $first: '$_id' } } },
    ]
    const groups = await this.#run((options) => this.#collection.aggregate<{ lowest: ObjectId }>(pipeline, options).toArray())
    return groups.map(({ lowest }) => lowest)
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
