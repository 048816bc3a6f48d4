import { schemaReadiness } from '@polystore/db-core/readiness'
import type { PostgresDatabase } from '@polystore/db-core/sql'
import { EventBus, type EventCrashPoint } from '@polystore/events'
import { postgresEvents } from '@polystore/events/postgres'
import { createCrash, createService, createServiceClient, isServing, type Service } from '@polystore/service-kit'
import type { CartDependencies } from './carts/cart-dependencies.ts'
import { CartRepository } from './carts/cart-repository.ts'
import { cartRoutes } from './carts/cart-routes.ts'
import type { OrdersConfig } from './config.ts'
import type { CrashPoint } from './crash-point.ts'
import { IdempotencyRepository } from './idempotency/idempotency-repository.ts'
import { liveRoutes } from './live/live-routes.ts'
import { startLiveUpdates } from './live/start-live-updates.ts'
import { migrations } from './migrations.ts'
import type { OrderDependencies } from './orders/order-dependencies.ts'
import { OrderMover } from './orders/order-mover.ts'
import { OrderPlacer } from './orders/order-placer.ts'
import type { OrderProcessEvents } from './orders/order-process-events.ts'
import { OrderRepository } from './orders/order-repository.ts'
import { orderRoutes } from './orders/order-routes.ts'
import { OrderSettler } from './orders/order-settler.ts'
import { ProductsClient } from './orders/products-client.ts'
import { RecoveryWorker } from './recovery/recovery-worker.ts'
import { reconciliationGauges } from './reconciliation/reconciliation-gauges.ts'
import { startOrdersEvents } from './start-events.ts'
import { StockLevelRepository } from './stock-levels/stock-level-repository.ts'
import { KnownUserRepository } from './users/known-user-repository.ts'
import { UsersClient } from './users/users-client.ts'

/** The orders service over an open database: its routes and its workers, not yet listening. */
export function buildApp(config: OrdersConfig, database: PostgresDatabase): Service {
  const store = postgresEvents(database, 'orders')
  const service = createService({
    name: 'orders',
    version: '0.1.0',
    logLevel: config.LOG_LEVEL,
    internalSecret: config.INTERNAL_SECRET,
    ready: async () => database.ping(),
    schema: schemaReadiness({ database, migrations }),
    health: async () => ({ postgres: await database.health(), outbox: Object.fromEntries(await store.outbox.depth()) }),
    docs: { title: 'Polystore orders', description: 'What was bought: orders and their recovery.' },
  })
  const client = (baseUrl: string) => createServiceClient({ baseUrl, caller: 'orders', secret: config.INTERNAL_SECRET, timeoutMs: 5_000 })
  const productsClient = client(config.PRODUCTS_URL)
  const usersClient = client(config.AUTH_URL)

  const bus = new EventBus<OrderProcessEvents>({ log: service.log })
  const crash = createCrash<CrashPoint | EventCrashPoint>(config.CRASH_FILE)
  const products = new ProductsClient(productsClient)
  const delays = { graceSeconds: config.ORDER_GRACE_SECONDS, expirySeconds: config.ORDER_EXPIRY_SECONDS }
  const dependencies: OrderDependencies = {
    orders: new OrderRepository(database),
    placer: new OrderPlacer({ database, bus, crash, ...delays }),
    mover: new OrderMover({ database, bus }),
    settler: new OrderSettler({ database, products, crash }),
    keys: new IdempotencyRepository(database),
    products,
    users: new UsersClient(usersClient),
    knownUsers: new KnownUserRepository(database),
    bus,
    crash,
    graceSeconds: config.ORDER_GRACE_SECONDS,
    wakeRecovery: () => recovery.wake(),
  }
  const stockLevels = new StockLevelRepository(database)
  const events = startOrdersEvents({ service, config, store, knownUsers: dependencies.knownUsers, stockLevels, crash })
  bus.on('outbox.written', 'relay', () => events.wake())
  const cartDependencies: CartDependencies = {
    database,
    carts: new CartRepository(database),
    stockLevels,
    cartExpiryDays: config.CART_EXPIRY_DAYS,
  }
  const recovery = new RecoveryWorker(dependencies, {
    pollMs: config.RECOVERY_POLL_MS,
    leaseSeconds: 15,
    batch: 64,
    housekeeping: [() => dependencies.keys.purge(), () => cartDependencies.carts.purgeExpired()],
    log: service.log,
    mayWork: () => isServing(service),
  })

  orderRoutes(service, dependencies)
  cartRoutes(service, { ...dependencies, ...cartDependencies })
  liveRoutes(service, startLiveUpdates({ service, database, bus }))
  const reconciliation = reconciliationGauges(service, dependencies, config.RECONCILE_INTERVAL_SECONDS)

  service.addHook('onReady', async () => {
    recovery.start()
    reconciliation.start()
  })
  service.addHook('onClose', async () => {
    await Promise.all([recovery.stop(), reconciliation.stop(), dependencies.settler.idle()])
    await bus.settled()
    await Promise.all([productsClient.close(), usersClient.close()])
  })
  return service
}
