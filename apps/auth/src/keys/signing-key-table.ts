import { ne } from 'drizzle-orm'
import { jsonb, pgTable, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core'
import type { PublicKey, SigningKeyState } from './signing-key.ts'

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 })

export const signingKeyTable = pgTable(
  'signing_keys',
  {
    id: text('id').primaryKey(),
    state: text('state').$type<SigningKeyState>().notNull(),
    publicKey: jsonb('public_key').$type<PublicKey>().notNull(),
    sealedPrivateKey: text('sealed_private_key').notNull(),
    verifyUntil: instant('verify_until'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (table) => [uniqueIndex('signing_keys_state_unique').on(table.state).where(ne(table.state, 'retired'))],
)

export type SigningKeyRow = typeof signingKeyTable.$inferSelect
