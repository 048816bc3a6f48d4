import { sql } from 'drizzle-orm'
import { bigint, check, index, jsonb, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core'
import type { AuditEvent, AuditType } from './audit-event.ts'

/** Append-only: a trigger of its migration refuses every update and delete. It outlives the users that it speaks of. */
export const auditTable = pgTable(
  'audit_log',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    at: timestamp('at', { withTimezone: true, precision: 3 })
      .notNull()
      .default(sql`clock_timestamp()`),
    type: text('type').$type<AuditType>().notNull(),
    userId: uuid('user_id'),
    actor: text('actor'),
    address: text('address'),
    userAgent: text('user_agent'),
    details: jsonb('details').$type<NonNullable<AuditEvent['details']>>().notNull().default({}),
  },
  (table) => [
    index('audit_log_user').on(table.userId, table.id.desc().nullsFirst()),
    index('audit_log_type').on(table.type, table.id.desc().nullsFirst()),
    index('audit_log_at').using('brin', table.at),
    check('audit_log_user_agent', sql`length(${table.userAgent}) <= 500`),
  ],
)

export type AuditRow = typeof auditTable.$inferSelect
