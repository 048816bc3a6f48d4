import { sql } from 'drizzle-orm'
import { check, integer, pgTable, text } from 'drizzle-orm/pg-core'

export const stockLevels = ['enough', 'low', 'depleted'] as const
export type StockLevel = (typeof stockLevels)[number]

/** What products last said of a SKU: a hint for carts, never a promise. A SKU that is not here has enough. */
export const stockLevelTable = pgTable(
  'stock_levels',
  {
    sku: text('sku').primaryKey(),
    level: text('level').$type<StockLevel>().notNull(),
    /** Of the stock at products; older news changes nothing. */
    sequence: integer('sequence').notNull(),
  },
  (table) => [check('stock_levels_level', sql`${table.level} in ('enough', 'low', 'depleted')`)],
)

export type StockLevelRow = typeof stockLevelTable.$inferSelect
