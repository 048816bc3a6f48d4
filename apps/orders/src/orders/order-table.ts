import { sql } from 'drizzle-orm'
import { bigint, char, check, index, integer, jsonb, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { timestamps, uuidKey, versioned } from '@polystore/db-core/sql'
import { openStatuses, orderStatuses, type OrderStatus } from './order.ts'

/** Why products refused the order, kept so that the same key gets the same answer. */
export interface Rejection {
  readonly reason: 'insufficient-stock' | 'unknown-sku' | 'mixed-currencies'
  readonly skus: readonly string[]
}

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 })
const listOf = (statuses: readonly OrderStatus[]) => sql.raw(statuses.map((status) => `'${status}'`).join(', '))

export const orderTable = pgTable(
  'orders',
  {
    ...uuidKey(),
    userId: uuid('user_id').notNull(),
    status: text('status').$type<OrderStatus>().notNull(),
    currency: char('currency', { length: 3 }),
    totalCents: bigint('total_cents', { mode: 'number' }),
    rejection: jsonb('rejection').$type<Rejection>(),
    attempts: integer('attempts').notNull().default(0),
    lastError: text('last_error'),
    /** Set while somebody still has to do something for the order, that is while its status is an open one. */
    nextRunAt: instant('next_run_at'),
    leaseUntil: instant('lease_until'),
    expiresAt: instant('expires_at').notNull(),
    /** The cart that was checked out, and its version then: it goes when the order is confirmed. */
    cartId: uuid('cart_id'),
    cartVersion: integer('cart_version'),
    ...versioned(),
    ...timestamps(),
  },
  (table) => [
    check('orders_status', sql`${table.status} in (${listOf(orderStatuses)})`),
    check('orders_work', sql`(${table.nextRunAt} is not null) = (${table.status} in (${listOf(openStatuses)}))`),
    check('orders_total_cents', sql`${table.totalCents} >= 0`),
    index('orders_user_created').on(table.userId, table.createdAt.desc().nullsFirst(), table.id.desc().nullsFirst()),
    index('orders_created').on(table.createdAt.desc().nullsFirst(), table.id.desc().nullsFirst()),
    /** The recovery worker claims what is due. */
    index('orders_due')
      .on(table.nextRunAt)
      .where(sql`${table.nextRunAt} is not null`),
  ],
)

export const orderLineTable = pgTable(
  'order_lines',
  {
    orderId: uuid('order_id')
      .notNull()
      .references(() => orderTable.id, { onDelete: 'cascade' }),
    /** The order in which the client named them. */
    lineNumber: integer('line_number').notNull(),
    sku: text('sku').notNull(),
    quantity: integer('quantity').notNull(),
    name: text('name'),
    unitPriceCents: bigint('unit_price_cents', { mode: 'number' }),
  },
  (table) => [
    primaryKey({ columns: [table.orderId, table.sku] }),
    check('order_lines_quantity', sql`${table.quantity} > 0`),
    check('order_lines_unit_price_cents', sql`${table.unitPriceCents} >= 0`),
  ],
)

export const orderHistoryTable = pgTable(
  'order_history',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    orderId: uuid('order_id')
      .notNull()
      .references(() => orderTable.id, { onDelete: 'cascade' }),
    fromStatus: text('from_status').$type<OrderStatus>(),
    toStatus: text('to_status').$type<OrderStatus>().notNull(),
    /** `user:<id>`, `staff:<id>` or `system`. */
    actor: text('actor').notNull(),
    reason: text('reason'),
    at: instant('at').notNull().defaultNow(),
  },
  (table) => [index('order_history_order').on(table.orderId, table.id)],
)

export type OrderRow = typeof orderTable.$inferSelect
export type OrderLineRow = typeof orderLineTable.$inferSelect
export type OrderHistoryRow = typeof orderHistoryTable.$inferSelect
