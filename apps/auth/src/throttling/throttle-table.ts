import { sql } from 'drizzle-orm'
import { check, index, integer, pgTable, text, timestamp } from 'drizzle-orm/pg-core'

const moment = { withTimezone: true, precision: 3 } as const

/** Failed logins, counted by what they have in common. */
export const throttleTable = pgTable(
  'login_throttles',
  {
    /** Kind and hash: neither addresses of people nor of machines are kept. */
    key: text('key').primaryKey(),
    failures: integer('failures').notNull(),
    lastFailedAt: timestamp('last_failed_at', moment),
    blockedUntil: timestamp('blocked_until', moment),
    /** From then on the row says nothing any more. */
    expiresAt: timestamp('expires_at', moment).notNull(),
  },
  (table) => [index('login_throttles_expiry').on(table.expiresAt), check('login_throttles_failures', sql`${table.failures} >= 0`)],
)
