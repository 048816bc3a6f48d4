import { defineClientQuery, valueFromText } from '@polystore/db-core'
import { z } from 'zod'
import { auditTypes } from './audit-event.ts'
import type { AuditRow } from './audit-table.ts'

const auditType = z.enum(auditTypes)
const identifier = z.string().min(1).max(200)
const moment = valueFromText(z.date())

export const auditView = z
  .strictObject({
    id: z.int(),
    at: z.iso.datetime(),
    type: auditType,
    userId: z.uuid().nullable().meta({ description: 'Whose account it is about; null where no account is known' }),
    actor: z.string().nullable().meta({ description: 'Who did it: a user’s id, a service or `system`; null for an unknown caller' }),
    address: z.string().nullable().meta({ description: 'Of the client' }),
    userAgent: z.string().nullable(),
    details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  })
  .meta({ id: 'AuditEvent' })
export type AuditView = z.infer<typeof auditView>

export const auditList = z
  .strictObject({ items: z.array(auditView), next: z.string().optional(), previous: z.string().optional() })
  .meta({ id: 'AuditEventList' })

const ofAnybody = {
  type: { value: auditType, operators: ['eq', 'in'] },
  actor: { value: identifier, operators: ['eq'] },
} as const
const newestFirst = {
  defaultSort: ['-id'],
  parameters: {
    from: moment.optional().meta({ description: 'Events of this moment and later' }),
    to: moment.optional().meta({ description: 'Events before this moment' }),
  },
} as const

export const userAuditQuery = defineClientQuery<AuditRow>()({ filterable: ofAnybody, ...newestFirst })
export const auditQuery = defineClientQuery<AuditRow>()({
  filterable: { ...ofAnybody, userId: { value: z.uuid(), operators: ['eq'] } },
  ...newestFirst,
})
