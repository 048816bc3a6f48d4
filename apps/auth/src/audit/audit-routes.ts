import type { Service } from '@polystore/service-kit'
import { userParams } from '../users/user-schemas.ts'
import type { AuditRepository } from './audit-repository.ts'
import { auditList, auditQuery, userAuditQuery } from './audit-schemas.ts'
import { listAuditEvents } from './list-audit-events.ts'

const tags = ['audit']

/** The audit log, for administrators. */
export function auditRoutes(service: Service, dependencies: { readonly auditEvents: AuditRepository }): void {
  service.get(
    '/audit',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'listAuditEvents',
        summary: 'Every security event, newest first',
        tags,
        querystring: auditQuery.schema,
        response: { 200: auditList },
        problems: ['invalid-cursor'],
      },
    },
    async (request) => listAuditEvents(dependencies, request.query),
  )

  service.get(
    '/users/:id/audit',
    {
      config: { access: 'admin' },
      schema: {
        operationId: 'listUserAuditEvents',
        summary: 'Security events of one account, also of one that was deleted, newest first',
        tags,
        params: userParams,
        querystring: userAuditQuery.schema,
        response: { 200: auditList },
        problems: ['invalid-cursor'],
      },
    },
    async (request) => listAuditEvents(dependencies, { ...request.query, userId: request.params.id }),
  )
}
