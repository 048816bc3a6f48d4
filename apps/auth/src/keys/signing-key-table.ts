import { sql } from 'drizzle-orm'
import { check, jsonb, pgTable, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core'
import type { PublicKey, SigningKeyState } from './signing-key.ts'

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 })

export const signingKeyTable = pgTable(
  'signing_keys',
  {
    /** The RFC 7638 thumbprint of the public key; the kid of the tokens that it signs. */
    id: text('id').primaryKey(),
    state: text('state').$type<SigningKeyState>().notNull(),
    publicKey: jsonb('public_key').$type<PublicKey>().notNull(),
    sealedPrivateKey: text('sealed_private_key').notNull(),
    /** When the last token of a retired key is dead, and the key leaves the published set. */
    verifyUntil: instant('verify_until'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (table) => [
    /** Replicas that start at once agree on the first pair. */
    uniqueIndex('signing_keys_state_unique')
      .on(table.state)
      .where(sql`${table.state} <> 'retired'`),
    check('signing_keys_state', sql`${table.state} in ('current', 'next', 'retired')`),
    check('signing_keys_verify_until', sql`(${table.state} = 'retired') = (${table.verifyUntil} is not null)`),
  ],
)

export type SigningKeyRow = typeof signingKeyTable.$inferSelect
