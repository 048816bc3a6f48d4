import { SqlRepository, type PostgresDatabase } from '@polystore/db-core/sql'
import { auditTable } from './audit-table.ts'

/** The log as it is read; writing goes through AuditLog, and the database refuses every change of what was written. */
export class AuditRepository extends SqlRepository<typeof auditTable> {
  constructor(database: PostgresDatabase) {
    super(database, auditTable)
  }
}
