import { uuidKey } from '@polystore/db-core/sql'
import { isNotNull, isNull, sql } from 'drizzle-orm'
import { check, index, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { userTable } from '../users/user-table.ts'

export type SessionEnd =
  | 'logged-out'
  | 'logged-out-everywhere'
  | 'ended-by-user'
  | 'too-many'
  | 'token-reused'
  | 'password-changed'
  | 'password-reset'
  | 'user-deactivated'
  | 'user-deleted'

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 })

/** One sign-in on one device: what its refresh tokens and its access tokens have in common. */
export const sessionTable = pgTable(
  'sessions',
  {
    ...uuidKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => userTable.id, { onDelete: 'cascade' }),
    /** Of the last refresh, or of the sign-in. */
    userAgent: text('user_agent'),
    address: text('address'),
    createdAt: instant('created_at').notNull().defaultNow(),
    lastUsedAt: instant('last_used_at').notNull().defaultNow(),
    /** When it is over, however much it is used. */
    expiresAt: instant('expires_at').notNull(),
    endedAt: instant('ended_at'),
    endedReason: text('ended_reason').$type<SessionEnd>(),
  },
  (table) => [
    index('sessions_user').on(table.userId, table.lastUsedAt).where(isNull(table.endedAt)),
    /** For the purge. */
    index('sessions_expires').on(table.expiresAt),
    index('sessions_ended').on(table.endedAt).where(isNotNull(table.endedAt)),
    check('sessions_ended_reason', sql`(${table.endedAt} is null) = (${table.endedReason} is null)`),
    check('sessions_user_agent', sql`length(${table.userAgent}) <= 500`),
  ],
)

export type SessionRow = typeof sessionTable.$inferSelect
