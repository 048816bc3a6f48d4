import { sql } from 'drizzle-orm'
import { check, index, integer, pgTable, primaryKey, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { timestamps, uuidKey, versioned } from '@polystore/db-core/sql'

/** One cart per user. Checking out an order and emptying the cart that it was made of commit together. */
export const cartTable = pgTable(
  'carts',
  {
    ...uuidKey(),
    userId: uuid('user_id').notNull().unique(),
    expiresAt: timestamp('expires_at', { withTimezone: true, precision: 3 }).notNull(),
    ...versioned(),
    ...timestamps(),
  },
  (table) => [index('carts_expires').on(table.expiresAt)],
)

export const cartLineTable = pgTable(
  'cart_lines',
  {
    cartId: uuid('cart_id')
      .notNull()
      .references(() => cartTable.id, { onDelete: 'cascade' }),
    sku: text('sku').notNull(),
    quantity: integer('quantity').notNull(),
    addedAt: timestamp('added_at', { withTimezone: true, precision: 3 }).notNull().defaultNow(),
  },
  (table) => [
    primaryKey({ columns: [table.cartId, table.sku] }),
    check('cart_lines_quantity', sql`${table.quantity} between 1 and 1000000`),
  ],
)

export type CartRow = typeof cartTable.$inferSelect
export type CartLineRow = typeof cartLineTable.$inferSelect
