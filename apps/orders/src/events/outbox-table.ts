import { jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'

/** Events that are still to be told. */
export const outboxTable = pgTable('outbox', {
  id: uuid('id').primaryKey(),
  type: text('type').notNull(),
  subject: text('subject').notNull(),
  data: jsonb('data').notNull(),
  traceparent: text('traceparent'),
  createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull().defaultNow(),
})
