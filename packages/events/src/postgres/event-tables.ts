import { sql } from 'drizzle-orm'
import { bigint, index, integer, jsonb, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import type { CloudEvent, Subscriber } from '@polystore/contracts'

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 })

/** What is due now, although its time was rounded up to a whole millisecond. */
export const soon = sql`now() + interval '1 millisecond'`

/** Deliveries that are still to be made: one row per event and subscriber, written in the transaction of the change it tells of. */
export const outboxTable = pgTable(
  'outbox',
  {
    /** The order of writing. */
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    subscriber: text('subscriber').$type<Subscriber>().notNull(),
    /** The CloudEvents id, which all subscribers are told. */
    eventId: uuid('event_id').notNull().defaultRandom(),
    type: text('type').notNull(),
    subject: text('subject').notNull(),
    sequence: integer('sequence').notNull(),
    data: jsonb('data').$type<CloudEvent['data']>().notNull(),
    traceparent: text('traceparent'),
    createdAt: instant('created_at').notNull().defaultNow(),
    refusals: integer('refusals').notNull().default(0),
    nextAttemptAt: instant('next_attempt_at').notNull().defaultNow(),
    lease: uuid('lease'),
    lastError: text('last_error'),
  },
  // No index over what a claim changes: it is the most frequent change, and a row leaves soon after it was written.
  (table) => [
    /** Of each subject the relay takes the lowest sequence first. */
    index('outbox_subject').on(table.subscriber, table.subject, table.sequence),
  ],
)

/** Which consumer has applied which event. */
export const inboxTable = pgTable(
  'inbox',
  {
    consumer: text('consumer').notNull(),
    eventId: text('event_id').notNull(),
    appliedAt: instant('applied_at').notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.consumer, table.eventId] }), index('inbox_applied').on(table.appliedAt)],
)

/** Events that a consumer could not apply: tried again, in the end parked for a person. */
export const failedEventTable = pgTable(
  'failed_events',
  {
    consumer: text('consumer').notNull(),
    eventId: text('event_id').notNull(),
    event: jsonb('event').notNull(),
    failures: integer('failures').notNull().default(1),
    lastError: text('last_error').notNull(),
    failedAt: instant('failed_at').notNull().defaultNow(),
    /** Null when it is parked. */
    nextAttemptAt: instant('next_attempt_at'),
    parkedAt: instant('parked_at'),
  },
  (table) => [
    primaryKey({ columns: [table.consumer, table.eventId] }),
    index('failed_events_due')
      .on(table.nextAttemptAt)
      .where(sql`${table.nextAttemptAt} is not null`),
  ],
)

/** What a service adds to the tables of its migrations. */
export const eventTables = { outboxTable, inboxTable, failedEventTable }
