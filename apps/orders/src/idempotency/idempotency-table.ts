import { index, jsonb, pgTable, primaryKey, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import type { OrderView } from '../orders/order-schemas.ts'
import { orderTable } from '../orders/order-table.ts'

/** The final answer to a key: replayed as it was first given. Failures of the infrastructure are never stored. */
export type StoredAnswer =
  | { readonly kind: 'order'; readonly order: OrderView }
  | { readonly kind: 'refusal'; readonly slug: RefusalSlug; readonly orderId: string; readonly skus: readonly string[] }

export type RefusalSlug = 'insufficient-stock' | 'unknown-sku' | 'mixed-currencies' | 'order-cancelled'

export const idempotencyTable = pgTable(
  'idempotency_keys',
  {
    userId: uuid('user_id').notNull(),
    key: text('key').notNull(),
    fingerprint: text('fingerprint').notNull(),
    orderId: uuid('order_id')
      .notNull()
      .references(() => orderTable.id, { onDelete: 'cascade' }),
    /** Null while the order is in flight. */
    answer: jsonb('answer').$type<StoredAnswer>(),
    createdAt: timestamp('created_at', { withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.userId, table.key] }),
    uniqueIndex('idempotency_keys_order').on(table.orderId),
    index('idempotency_keys_created').on(table.createdAt),
  ],
)
export type IdempotencyRow = typeof idempotencyTable.$inferSelect
