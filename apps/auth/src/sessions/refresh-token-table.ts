import { sql } from 'drizzle-orm'
import { check, index, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { sessionTable } from './session-table.ts'

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 })

/** The chain of a session's refresh tokens, spent ones included: by them a stolen one is noticed. */
export const refreshTokenTable = pgTable(
  'refresh_tokens',
  {
    /** SHA-256 of the token as base64url; the token itself is nowhere. */
    hash: text('hash').primaryKey(),
    sessionId: uuid('session_id')
      .notNull()
      .references(() => sessionTable.id, { onDelete: 'cascade' }),
    createdAt: instant('created_at').notNull().defaultNow(),
    /** When it is worth nothing for want of use. */
    expiresAt: instant('expires_at').notNull(),
    usedAt: instant('used_at'),
  },
  (table) => [
    index('refresh_tokens_session').on(table.sessionId),
    /** For the purge. */
    index('refresh_tokens_expires').on(table.expiresAt),
    check('refresh_tokens_hash', sql`length(${table.hash}) = 43`),
  ],
)
