import type { MigrationSources } from '@polystore/db-core/migrations'
import { outboxTable } from '@polystore/events/postgres'
import { signingKeyTable } from './keys/signing-key-table.ts'
import { userTable } from './users/user-table.ts'

/** The migrations of the service, and the tables that they have to make. */
export const migrations: MigrationSources = {
  postgres: { folder: new URL('../migrations/', import.meta.url), tables: { userTable, signingKeyTable, outboxTable } },
}
