import type { PostgresDatabase } from '@polystore/db-core/sql'
import type { IdempotencyRepository } from '../idempotency/idempotency-repository.ts'
import type { OrderRepository } from './order-repository.ts'
import type { ProductsClient } from './products-client.ts'
import type { UsersClient } from './users-client.ts'

/** What the use cases of an order work with. */
export interface OrderDependencies {
  readonly database: PostgresDatabase
  readonly orders: OrderRepository
  readonly keys: IdempotencyRepository
  readonly products: ProductsClient
  readonly users: UsersClient
  readonly graceSeconds: number
  readonly expirySeconds: number
  /** Told whenever an order has work left that no request waits for. */
  readonly wakeRecovery: () => void
}
