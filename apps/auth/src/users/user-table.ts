import type { Role } from '@polystore/contracts'
import { searchIndex, softDelete, timestamps, uuidKey, versioned } from '@polystore/db-core/sql'
import { isNull, sql } from 'drizzle-orm'
import { boolean, check, index, pgTable, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core'

export const userTable = pgTable(
  'users',
  {
    ...uuidKey(),
    /** Normalised by `email` of user-schemas: trimmed, NFKC, lower case. */
    email: text('email').notNull(),
    /** When the user showed that this address is theirs. */
    emailVerifiedAt: timestamp('email_verified_at', { withTimezone: true, precision: 3 }),
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
    // One live account per address and per name, whatever the letter case; a deleted one frees both.
    uniqueIndex('users_email_unique')
      .on(sql`lower(${table.email})`)
      .where(isNull(table.deletedAt)),
    uniqueIndex('users_username_unique')
      .on(sql`lower(${table.username})`)
      .where(isNull(table.deletedAt)),
    // One for each order of the list; that of addresses serves their beginnings as well.
    index('users_created_at').on(table.createdAt, table.id),
    index('users_email_order').on(sql`${table.email} collate "C"`, table.id),
    index('users_full_name_order').on(sql`${table.fullName} collate "C"`, table.id),
    searchIndex('users_words').on(table.fullName, table.username),
    index('users_admins')
      .on(table.id)
      .where(sql`'admin' = any(${table.roles})`),
    check('users_email', sql`length(${table.email}) between 3 and 254`),
    check('users_username', sql`length(${table.username}) between 3 and 32`),
    check('users_full_name', sql`length(${table.fullName}) between 1 and 200`),
    check('users_phone_number', sql`length(${table.phoneNumber}) between 3 and 20`),
    check('users_roles', sql`cardinality(${table.roles}) > 0 and ${table.roles} <@ array['customer', 'staff', 'admin']`),
  ],
)

export type UserRow = typeof userTable.$inferSelect
