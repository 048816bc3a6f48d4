import { index, jsonb, pgTable, primaryKey, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { orderTable } from '../orders/order-table.ts'

/** Why an order was refused, and for which of its SKUs. */
export interface Refusal {
  readonly slug: 'insufficient-stock' | 'unknown-sku' | 'mixed-currencies' | 'order-cancelled'
  readonly skus: readonly string[]
}

/**
 * The keys of a day. The final answer is replayed as it was first given, failures of the infrastructure are never stored: while the
 * order is in flight there is neither `body` nor `refusal`.
 */
export const idempotencyTable = pgTable(
  'idempotency_keys',
  {
    userId: uuid('user_id').notNull(),
    key: text('key').notNull(),
    fingerprint: text('fingerprint').notNull(),
    orderId: uuid('order_id')
      .notNull()
      .references(() => orderTable.id, { onDelete: 'cascade' }),
    /** Of the 201, byte for byte. */
    body: text('body'),
    refusal: jsonb('refusal').$type<Refusal>(),
    createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.key] }),
    uniqueIndex('idempotency_keys_order').on(table.orderId),
    /** For the purge; written in the order of time, so that the range of a page says enough. */
    index('idempotency_keys_created').using('brin', table.createdAt),
  ],
)
export type IdempotencyRow = typeof idempotencyTable.$inferSelect
