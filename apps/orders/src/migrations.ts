import type { MigrationSources } from '@polystore/db-core/migrations'
import { outboxTable } from './events/outbox-table.ts'
import { idempotencyTable } from './idempotency/idempotency-table.ts'
import { orderHistoryTable, orderLineTable, orderTable } from './orders/order-table.ts'

/** The migrations of the service, and the tables that they have to make. */
export const migrations: MigrationSources = {
  postgres: {
    folder: new URL('../migrations/', import.meta.url),
    tables: { orderTable, orderLineTable, orderHistoryTable, idempotencyTable, outboxTable },
  },
}
