import type { Transaction } from '@polystore/db-core'
import type { PostgresDatabase } from '@polystore/db-core/sql'
import { revocationTable, type revokedKinds } from './revocation-table.ts'

export interface Revocation {
  readonly kind: (typeof revokedKinds)[number]
  readonly subject: string
}

/** What was revoked, as the gateway asks for it. */
export class RevocationRepository {
  readonly #database: PostgresDatabase

  constructor(database: PostgresDatabase) {
    this.#database = database
  }

  /** Commits with the change that revokes. */
  async add(revocations: readonly Revocation[], tx: Transaction): Promise<void> {
    if (revocations.length > 0)
      await this.#database
        .join(tx)
        .drizzle.insert(revocationTable)
        .values([...revocations])
  }
}
