import type { MigrationSources } from '@polystore/db-core/migrations'
import { outboxTable } from '@polystore/events/postgres'
import { apiKeyTable } from './api-keys/api-key-table.ts'
import { auditTable } from './audit/audit-table.ts'
import { signingKeyTable } from './keys/signing-key-table.ts'
import { linkTable } from './links/link-table.ts'
import { mailTable } from './mail/mail-table.ts'
import { revocationTable } from './revocations/revocation-table.ts'
import { refreshTokenTable } from './sessions/refresh-token-table.ts'
import { sessionTable } from './sessions/session-table.ts'
import { throttleTable } from './throttling/throttle-table.ts'
import { userTable } from './users/user-table.ts'

/** The migrations of the service, and the tables that they have to make. */
export const migrations: MigrationSources = {
  postgres: {
    folder: new URL('../migrations/', import.meta.url),
    tables: {
      userTable,
      signingKeyTable,
      outboxTable,
      auditTable,
      revocationTable,
      linkTable,
      mailTable,
      throttleTable,
      sessionTable,
      refreshTokenTable,
      apiKeyTable,
    },
  },
}
