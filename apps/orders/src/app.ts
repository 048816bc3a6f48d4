import { schemaReadiness } from '@polystore/db-core/readiness'
import type { PostgresDatabase } from '@polystore/db-core/sql'
import { outboxHealth, type EventCrashPoint } from '@polystore/events'
import { postgresEvents } from '@polystore/events/postgres'
import { createCrash, createService, isServing, type Service } from '@polystore/service-kit'
import type { CartDependencies } from './carts/cart-dependencies.ts'
import { CartRepository } from './carts/cart-repository.ts'
import { cartRoutes } from './carts/cart-routes.ts'
import type { OrdersConfig } from './config.ts'
import type { CrashPoint } from './crash-point.ts'
import { createDependencies } from './create-dependencies.ts'
import { liveRoutes } from './live/live-routes.ts'
import { startLiveUpdates } from './live/start-live-updates.ts'
import { migrations } from './migrations.ts'
import { orderRoutes } from './orders/order-routes.ts'
import { createRecoveryWorker } from './recovery/recovery-worker.ts'
import { reconciliationGauges } from './reconciliation/reconciliation-gauges.ts'
import { startOrdersEvents } from './start-events.ts'
import { StockLevelRepository } from './stock-levels/stock-level-repository.ts'

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
    health: async () => ({ postgres: await database.health(), outbox: await outboxHealth(store.outbox) }),
    docs: { title: 'Polystore orders', description: 'What was bought: orders and their recovery.' },
  })
  const crash = createCrash<CrashPoint | EventCrashPoint>(config.CRASH_FILE)
  const wakeRecovery = (): void => recovery.wake()
  const dependencies = createDependencies({ config, database, log: service.log, crash, wakeRecovery })
  const stockLevels = new StockLevelRepository(database)
  const events = startOrdersEvents({ service, config, store, knownUsers: dependencies.knownUsers, stockLevels, crash })
  dependencies.bus.on('outbox.written', 'relay', () => events.wake())
  const cartDependencies: CartDependencies = {
    database,
    carts: new CartRepository(database),
    stockLevels,
    cartExpiryDays: config.CART_EXPIRY_DAYS,
  }
  const recovery = createRecoveryWorker(dependencies, {
    pollMs: config.RECOVERY_POLL_MS,
    leaseSeconds: config.RECOVERY_LEASE_SECONDS,
    batch: 64,
    housekeeping: [() => dependencies.keys.purge(), () => cartDependencies.carts.purgeExpired()],
    log: service.log,
    mayWork: () => isServing(service),
  })

  orderRoutes(service, dependencies)
  cartRoutes(service, { ...dependencies, ...cartDependencies })
  liveRoutes(service, startLiveUpdates({ service, database, bus: dependencies.bus }))
  const reconciliation = reconciliationGauges(service, dependencies, config.RECONCILE_INTERVAL_SECONDS)

  service.addHook('onReady', async () => {
    recovery.start()
    reconciliation.start()
  })
  service.addHook('onClose', async () => {
    await Promise.all([recovery.stop(), reconciliation.stop()])
    await dependencies.close()
  })
  return service
}
