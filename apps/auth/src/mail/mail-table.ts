import { sql } from 'drizzle-orm'
import { bigint, check, index, integer, pgTable, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core'

/** Every mail that the service sends. */
export const mailKinds = ['verify-email', 'reset-password', 'password-changed'] as const
export type MailKind = (typeof mailKinds)[number]

const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3 })

/**
 * Mails that are still to be sent; a row goes when its mail is out or is given up. Whether somebody lives at the address is found
 * out when it is sent, so that asking for a mail takes as long for an unknown address.
 */
export const mailTable = pgTable(
  'mails_to_send',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    kind: text('kind').$type<MailKind>().notNull(),
    email: text('email').notNull(),
    /** What the token of the mail's link is derived from, with a secret of the service. */
    nonce: text('nonce').notNull(),
    /** Who asked for it: the user's id, or null for anybody who knows the address. */
    actor: text('actor'),
    address: text('address'),
    userAgent: text('user_agent'),
    attempts: integer('attempts').notNull().default(0),
    /** By the database's clock; in the future while a replica sends it or it waits for its next try. */
    dueAt: instant('due_at')
      .notNull()
      .default(sql`now()`),
    createdAt: instant('created_at')
      .notNull()
      .default(sql`now()`),
  },
  (table) => [
    // Who asks again before the first mail is out gets one mail.
    uniqueIndex('mails_to_send_unique').on(table.email, table.kind),
    index('mails_to_send_due_at').on(table.dueAt),
    check('mails_to_send_kind', sql`${table.kind} in ('verify-email', 'reset-password', 'password-changed')`),
    check('mails_to_send_email', sql`length(${table.email}) <= 254`),
    check('mails_to_send_user_agent', sql`length(${table.userAgent}) <= 500`),
  ],
)

export type MailRow = typeof mailTable.$inferSelect
