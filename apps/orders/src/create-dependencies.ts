import type { PostgresDatabase } from '@polystore/db-core/sql'
import { EventBus } from '@polystore/events'
import { createServiceClient, type Service } from '@polystore/service-kit'
import type { OrdersConfig } from './config.ts'
import type { OrdersCrash } from './crash-point.ts'
import { IdempotencyRepository } from './idempotency/idempotency-repository.ts'
import type { OrderDependencies } from './orders/order-dependencies.ts'
import { OrderMover } from './orders/group-writes/order-mover.ts'
import { OrderPlacer } from './orders/group-writes/order-placer.ts'
import type { OrderProcessEvents } from './orders/order-process-events.ts'
import { OrderRepository } from './orders/order-repository.ts'
import { ProductsClient } from './orders/products-client.ts'
import { KnownUserRepository } from './users/known-user-repository.ts'
import { UsersClient } from './users/users-client.ts'

export interface CreateDependenciesOptions {
  readonly config: OrdersConfig
  readonly database: PostgresDatabase
  readonly log: Service['log']
  readonly crash: OrdersCrash
  readonly wakeRecovery: () => void
}

/** What the use cases work with, and `close`, which lets what was begun end. */
export function createDependencies(options: CreateDependenciesOptions): OrderDependencies & { close(): Promise<void> } {
  const { config, database, log, crash, wakeRecovery } = options
  const { ORDER_GRACE_SECONDS: graceSeconds, ORDER_EXPIRY_SECONDS: expirySeconds, INTERNAL_SECRET: secret } = config
  const client = (baseUrl: string) => createServiceClient({ baseUrl, caller: 'orders', secret, timeoutMs: 5_000 })
  const [productsClient, usersClient] = [client(config.PRODUCTS_URL), client(config.AUTH_URL)]
  const bus = new EventBus<OrderProcessEvents>({ log })
  const products = new ProductsClient(productsClient)
  return {
    orders: new OrderRepository(database),
    placer: new OrderPlacer({ database, bus, crash, graceSeconds, expirySeconds }),
    mover: new OrderMover({ database, bus }),
    keys: new IdempotencyRepository(database),
    products,
    users: new UsersClient(usersClient),
    knownUsers: new KnownUserRepository(database),
    bus,
    crash,
    wakeRecovery,
    close: async () => {
      await bus.settled()
      await Promise.all([productsClient.close(), usersClient.close()])
    },
  }
}
