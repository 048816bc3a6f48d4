import type { Transaction } from '@polystore/db-core'
import type { PostgresDatabase } from '@polystore/db-core/sql'
import type { AuditEvent } from './audit-event.ts'
import { auditTable } from './audit-table.ts'

/** Where security events are written. */
export interface AuditTrail {
  /** With the change that it tells of, or not at all; without a transaction on its own. */
  record(event: AuditEvent, tx?: Transaction): Promise<void>
}

export class AuditLog implements AuditTrail {
  readonly #database: PostgresDatabase

  constructor(database: PostgresDatabase) {
    this.#database = database
  }

  async record({ type, userId, actor, origin, details = {} }: AuditEvent, tx?: Transaction): Promise<void> {
    const db = tx === undefined ? this.#database.drizzle : this.#database.join(tx).drizzle
    await db.insert(auditTable).values({ type, userId, actor, details, ...origin })
  }
}
