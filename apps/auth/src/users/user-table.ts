import type { Role } from '@polystore/contracts'
import { softDelete, timestamps, uuidKey, versioned } from '@polystore/db-core/sql'
import { isNull, sql } from 'drizzle-orm'
import { boolean, pgTable, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core'

export const userTable = pgTable(
  'users',
  {
    ...uuidKey(),
    /** Normalised by `email` of user-schemas: trimmed, NFKC, lower case. */
    email: text('email').notNull(),
    username: text('username'),
    fullName: text('full_name').notNull(),
    phoneNumber: text('phone_number'),
    passwordHash: text('password_hash').notNull(),
    roles: text('roles').array().$type<Role[]>().notNull(),
    active: boolean('active').notNull().default(true),
    lastLoginAt: timestamp('last_login_at', { withTimezone: true, precision: 3 }),
    ...versioned(),
    ...timestamps(),
    ...softDelete(),
  },
  (table) => [
    uniqueIndex('users_email_unique')
      .on(sql`lower(${table.email})`)
      .where(isNull(table.deletedAt)),
    uniqueIndex('users_username_unique')
      .on(sql`lower(${table.username})`)
      .where(isNull(table.deletedAt)),
  ],
)

export type UserRow = typeof userTable.$inferSelect
