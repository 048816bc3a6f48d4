import { schemaReadiness } from '@polystore/db-core/readiness'
import { createService, createServiceClient, isServing, type Service } from '@polystore/service-kit'
import type { PostgresDatabase } from '@polystore/db-core/sql'
import type { OrdersConfig } from './config.ts'
import { IdempotencyRepository } from './idempotency/idempotency-repository.ts'
import { migrations } from './migrations.ts'
import type { OrderDependencies } from './orders/order-dependencies.ts'
import { OrderRepository } from './orders/order-repository.ts'
import { orderRoutes } from './orders/order-routes.ts'
import { ProductsClient } from './orders/products-client.ts'
import { UsersClient } from './orders/users-client.ts'
import { RecoveryWorker } from './recovery/recovery-worker.ts'
import { reconciliationGauges } from './reconciliation/reconciliation-gauges.ts'

/** The orders service over an open database: its routes and its workers, not yet listening. */
export function buildApp(config: OrdersConfig, database: PostgresDatabase): Service {
  const service = createService({
    name: 'orders',
    version: '0.1.0',
    logLevel: config.LOG_LEVEL,
    internalSecret: config.INTERNAL_SECRET,
    ready: async () => database.ping(),
    schema: schemaReadiness({ database, migrations }),
    health: async () => ({ postgres: await database.health() }),
    docs: { title: 'Polystore orders', description: 'What was bought: orders and their recovery.' },
  })
  const client = (baseUrl: string) => createServiceClient({ baseUrl, caller: 'orders', secret: config.INTERNAL_SECRET, timeoutMs: 5_000 })
  const productsClient = client(config.PRODUCTS_URL)
  const usersClient = client(config.AUTH_URL)

  const dependencies: OrderDependencies = {
    database,
    orders: new OrderRepository(database),
    keys: new IdempotencyRepository(database),
    products: new ProductsClient(productsClient),
    users: new UsersClient(usersClient),
    graceSeconds: config.ORDER_GRACE_SECONDS,
    expirySeconds: config.ORDER_EXPIRY_SECONDS,
    wakeRecovery: () => recovery.wake(),
  }
  const recovery = new RecoveryWorker(dependencies, {
    pollMs: config.RECOVERY_POLL_MS,
    leaseSeconds: 15,
    batch: 50,
    log: service.log,
    mayWork: () => isServing(service),
  })

  orderRoutes(service, dependencies)
  const reconciliation = reconciliationGauges(service, dependencies, config.RECONCILE_INTERVAL_SECONDS)

  service.addHook('onReady', async () => {
    recovery.start()
    reconciliation.start()
  })
  service.addHook('onClose', async () => {
    await Promise.all([recovery.stop(), reconciliation.stop()])
    await Promise.all([productsClient.close(), usersClient.close()])
  })
  return service
}
