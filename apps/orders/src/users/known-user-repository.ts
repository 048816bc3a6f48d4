import { sql } from 'drizzle-orm'
import { SqlRepository, type PostgresDatabase, type SqlTransaction } from '@polystore/db-core/sql'
import type { UserStatus } from '@polystore/contracts'
import { knownUserTable } from './known-user-table.ts'

/** This service's own copy of users. */
export class KnownUserRepository extends SqlRepository<typeof knownUserTable> {
  constructor(database: PostgresDatabase) {
    super(database, knownUserTable)
  }

  /** Remembers what auth said, each user once; what is older than what is known already changes nothing. */
  async note(users: readonly UserStatus[], tx?: SqlTransaction): Promise<void> {
    if (users.length === 0) return
    // In one order everywhere, so that two writers cannot wait for each other.
    const rows = users.toSorted((one, other) => (one.id < other.id ? -1 : 1))
    await this.db(tx)
      .insert(knownUserTable)
      .values(rows)
      .onConflictDoUpdate({
        target: knownUserTable.id,
        set: { active: sql`excluded.active`, version: sql`excluded.version` },
        setWhere: sql`${knownUserTable.version} < excluded.version`,
      })
  }
}
