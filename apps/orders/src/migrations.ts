import type { MigrationSources } from '@polystore/db-core/migrations'
import { eventTables } from '@polystore/events/postgres'
import { cartLineTable, cartTable } from './carts/cart-table.ts'
import { idempotencyTable } from './idempotency/idempotency-table.ts'
import { orderHistoryTable, orderLineTable, orderTable } from './orders/order-table.ts'
import { stockLevelTable } from './stock-levels/stock-level-table.ts'
import { knownUserTable } from './users/known-user-table.ts'

/** The migrations of the service, and the tables that they have to make. */
export const migrations: MigrationSources = {
  postgres: {
    folder: new URL('../migrations/', import.meta.url),
    tables: {
      orderTable,
      orderLineTable,
      orderHistoryTable,
      idempotencyTable,
      knownUserTable,
      stockLevelTable,
      cartTable,
      cartLineTable,
      ...eventTables,
    },
  },
}
