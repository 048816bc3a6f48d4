import type { MongoDatabase, MongoTransaction } from '@polystore/db-core/mongo'
import { ObjectId } from 'mongodb'
import { planDeliveries, type NewEvent } from '../outbox/new-event.ts'
import { outboxCollection, type OutboxDocument } from './event-collections.ts'

/** Writes events in the transaction of the change that they tell of, one document for each subscriber. Wake the relay after the commit. */
export async function appendEvents(database: MongoDatabase, tx: MongoTransaction, events: readonly NewEvent[]): Promise<void> {
  const documents = deliveriesOf(events, database.now())
  if (documents.length === 0) return
  await database.run((options) => database.collection(outboxCollection).insertMany(documents, options), { tx, entity: 'outbox' })
}

/** The same as documents, for those who write them together with others. */
export function deliveriesOf(events: readonly NewEvent[], now: Date): OutboxDocument[] {
  return planDeliveries(events).map(({ data, ...delivery }) => ({
    _id: new ObjectId(),
    ...delivery,
    data: { ...data },
    createdAt: now,
    refusals: 0,
    nextAttemptAt: dueAtOnce,
    lease: null,
    lastError: null,
  }))
}

// Not the time of this process, whose clock may be ahead of the one of the database.
const dueAtOnce = new Date(0)
