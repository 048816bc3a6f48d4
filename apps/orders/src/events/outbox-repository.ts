import { randomUUIDv7 } from 'node:crypto'
import { jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import type { EventData, EventType } from '@polystore/contracts'
import type { SqlTransaction } from '@polystore/db-core/sql'

const outboxTable = pgTable('outbox', {
  id: uuid('id').primaryKey(),
  type: text('type').notNull(),
  subject: text('subject').notNull(),
  data: jsonb('data').notNull(),
  traceparent: text('traceparent'),
  createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull().defaultNow(),
})

/** Writes an event in the transaction of the change it tells of. */
export async function appendEvent<Type extends EventType>(
  type: Type,
  data: EventData<Type> & { readonly orderId: string },
  tx: SqlTransaction,
): Promise<void> {
  await tx.drizzle.insert(outboxTable).values({ id: randomUUIDv7(), type, subject: data.orderId, data })
}
