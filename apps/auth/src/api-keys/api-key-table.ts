import type { ApiKeyScope } from '@polystore/contracts'
import { uuidKey } from '@polystore/db-core/sql'
import { sql } from 'drizzle-orm'
import { check, index, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import { userTable } from '../users/user-table.ts'

const moment = { withTimezone: true, precision: 3 } as const

/** Keys for machines. The key itself is shown once and never stored. */
export const apiKeyTable = pgTable(
  'api_keys',
  {
    ...uuidKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => userTable.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    /** How the key begins, by which its owner knows it again. */
    prefix: text('prefix').notNull(),
    /** SHA-256 of the whole key, base64url: 256 random bits need no slow hash. */
    hash: text('hash').notNull().unique(),
    scopes: text('scopes').array().$type<ApiKeyScope[]>().notNull(),
    expiresAt: timestamp('expires_at', moment).notNull(),
    /** Coarse: written at most every five minutes. */
    lastUsedAt: timestamp('last_used_at', moment),
    revokedAt: timestamp('revoked_at', moment),
    createdAt: timestamp('created_at', moment).notNull().defaultNow(),
  },
  (table) => [
    index('api_keys_user').on(table.userId, table.createdAt, table.id),
    index('api_keys_expires').on(table.expiresAt),
    check('api_keys_name', sql`length(${table.name}) between 1 and 100`),
    check('api_keys_scopes', sql`cardinality(${table.scopes}) > 0`),
  ],
)

export type ApiKeyRow = typeof apiKeyTable.$inferSelect
