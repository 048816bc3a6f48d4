import type { CursorPage, SeekQuery } from '@polystore/db-core'
import type { AuditRepository } from './audit-repository.ts'
import type { AuditView } from './audit-schemas.ts'
import type { AuditRow } from './audit-table.ts'

export interface AuditQuery extends SeekQuery<AuditRow> {
  /** Of this account only. */
  readonly userId?: string
  /** `from` is inclusive, `to` is not. */
  readonly parameters: { readonly from?: Date | undefined; readonly to?: Date | undefined }
}

/** A page of the audit log. @throws InvalidCursorError */
export async function listAuditEvents(
  { auditEvents }: { readonly auditEvents: AuditRepository },
  { userId, parameters: { from, to }, where = {}, ...query }: AuditQuery,
): Promise<CursorPage<AuditView>> {
  const parts = [
    where,
    ...(from === undefined ? [] : [{ at: { gte: from } }]),
    ...(to === undefined ? [] : [{ at: { lt: to } }]),
    ...(userId === undefined ? [] : [{ userId: { eq: userId } }]),
  ]
  const page = await auditEvents.seek({ ...query, where: { and: parts } })
  return { ...page, items: page.items.map(toAuditView) }
}

function toAuditView({ at, ...event }: AuditRow): AuditView {
  return { ...event, at: at.toISOString() }
}
