import type { RevokedKind } from '@polystore/contracts'
import { sql } from 'drizzle-orm'
import { bigint, index, pgTable, text, timestamp } from 'drizzle-orm/pg-core'

/** What the gateway must not trust any more although it was signed: kept until every access token of before has expired. */
export const revocationTable = pgTable(
  'revocations',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    kind: text('kind').$type<RevokedKind>().notNull(),
    /** Id of the session, the user or the API key. Of a user, tokens that were issued before `at` are revoked. */
    subject: text('subject').notNull(),
    at: timestamp('at', { withTimezone: true, precision: 3 })
      .notNull()
      .default(sql`clock_timestamp()`),
  },
  (table) => [index('revocations_at').on(table.at)],
)
