import { subscribers } from '@polystore/contracts'
import { defineCollection, type DocumentOf, objectIdKey, stringKey } from '@polystore/db-core/mongo'
import { z } from 'zod'

/** Deliveries that are still to be made: one document per event and subscriber, written in the transaction of the change it tells of. */
export const outboxCollection = defineCollection({
  name: 'outbox',
  schema: z.object({
    ...objectIdKey(),
    subscriber: z.enum(subscribers),
    /** The CloudEvents id, which all subscribers are told. */
    eventId: z.string(),
    type: z.string(),
    subject: z.string(),
    sequence: z.int(),
    data: z.record(z.string(), z.unknown()),
    traceparent: z.string().nullable(),
    createdAt: z.date(),
    refusals: z.int(),
    nextAttemptAt: z.date(),
    lease: z.string().nullable(),
    lastError: z.string().nullable(),
  }),
  indexes: [{ key: { subscriber: 1, nextAttemptAt: 1 } }, { key: { subscriber: 1, subject: 1, sequence: 1 } }],
})

export type OutboxDocument = DocumentOf<typeof outboxCollection>

/** Which consumer has applied which event: `_id` is the consumer, a blank and the id of the event. */
export const inboxCollection = defineCollection({
  name: 'inbox',
  schema: z.object({ ...stringKey(), appliedAt: z.date() }),
  indexes: [{ key: { appliedAt: 1 } }],
})

/** Events that a consumer could not apply: tried again, in the end parked for a person. `_id` as in the inbox. */
export const failedEventCollection = defineCollection({
  name: 'failed_events',
  schema: z.object({
    ...stringKey(),
    consumer: z.string(),
    eventId: z.string(),
    event: z.record(z.string(), z.unknown()),
    failures: z.int(),
    lastError: z.string(),
    failedAt: z.date(),
    nextAttemptAt: z.date().nullable(),
    parkedAt: z.date().nullable(),
  }),
  indexes: [{ key: { nextAttemptAt: 1 } }],
})

export type FailedEventDocument = DocumentOf<typeof failedEventCollection>

/** What a service adds to its collections. */
export const eventCollections = [outboxCollection, inboxCollection, failedEventCollection]
