import { bigint, char, integer, jsonb, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { timestamps, uuidKey, versioned } from '@polystore/db-core/sql'
import type { OrderStatus } from './order.ts'

/** Why products refused the order, kept so that the same key gets the same answer. */
export interface Rejection {
  readonly reason: 'insufficient-stock' | 'unknown-sku' | 'mixed-currencies'
  readonly skus: readonly string[]
}

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 })

export const orderTable = pgTable('orders', {
  ...uuidKey(),
  userId: uuid('user_id').notNull(),
  status: text('status').$type<OrderStatus>().notNull(),
  currency: char('currency', { length: 3 }),
  totalCents: bigint('total_cents', { mode: 'number' }),
  rejection: jsonb('rejection').$type<Rejection>(),
  attempts: integer('attempts').notNull().default(0),
  lastError: text('last_error'),
  /** Set while somebody still has to do something for the order. */
  nextRunAt: instant('next_run_at'),
  leaseUntil: instant('lease_until'),
  expiresAt: instant('expires_at').notNull(),
  ...versioned(),
  ...timestamps(),
})

export const orderLineTable = pgTable(
  'order_lines',
  {
    orderId: uuid('order_id').notNull(),
    lineNumber: integer('line_number').notNull(),
    sku: text('sku').notNull(),
    quantity: integer('quantity').notNull(),
    name: text('name'),
    unitPriceCents: bigint('unit_price_cents', { mode: 'number' }),
  },
  (table) => [primaryKey({ columns: [table.orderId, table.lineNumber] })],
)

export const orderHistoryTable = pgTable('order_history', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  orderId: uuid('order_id').notNull(),
  fromStatus: text('from_status').$type<OrderStatus>(),
  toStatus: text('to_status').$type<OrderStatus>().notNull(),
  /** `user:<id>`, `staff:<id>` or `system`. */
  actor: text('actor').notNull(),
  reason: text('reason'),
  at: instant('at').notNull().defaultNow(),
})

export type OrderRow = typeof orderTable.$inferSelect
export type OrderLineRow = typeof orderLineTable.$inferSelect
export type OrderHistoryRow = typeof orderHistoryTable.$inferSelect
