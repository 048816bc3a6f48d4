import { sql } from 'drizzle-orm'
import { check, index, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { userTable } from '../users/user-table.ts'

/** What a link of a mail lets whoever holds it do, once. */
export const linkPurposes = ['verify-email', 'reset-password'] as const
export type LinkPurpose = (typeof linkPurposes)[number]

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 })

/** Single-use links that were mailed; the token itself is nowhere in the database. */
export const linkTable = pgTable(
  'one_time_links',
  {
    /** SHA-256 of the token, base64url. */
    hash: text('hash').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => userTable.id, { onDelete: 'cascade' }),
    purpose: text('purpose').$type<LinkPurpose>().notNull(),
    /** Where the token was sent: the link counts while it is still the user's address. */
    email: text('email').notNull(),
    createdAt: instant('created_at')
      .notNull()
      .default(sql`now()`),
    expiresAt: instant('expires_at').notNull(),
    usedAt: instant('used_at'),
  },
  (table) => [
    index('one_time_links_user').on(table.userId, table.purpose, table.createdAt),
    index('one_time_links_expires_at').on(table.expiresAt),
    check('one_time_links_purpose', sql`${table.purpose} in ('verify-email', 'reset-password')`),
  ],
)

export type LinkRow = typeof linkTable.$inferSelect
