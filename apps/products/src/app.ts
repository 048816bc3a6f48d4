import { schemaReadiness } from '@polystore/db-core/readiness'
import { outboxHealth, startEvents, type EventCrashPoint } from '@polystore/events'
import { mongoEvents } from '@polystore/events/mongo'
import { createCrash, createService, type Service } from '@polystore/service-kit'
import { categoryRoutes } from './categories/category-routes.ts'
import type { ProductsConfig } from './config.ts'
import type { Dependencies } from './dependencies.ts'
import { holdConsumer } from './holds/hold-consumer.ts'
import { holdRoutes } from './holds/hold-routes.ts'
import { migrations } from './migrations.ts'
import { importRoutes } from './products/import-routes.ts'
import { productReadRoutes } from './products/product-read-routes.ts'
import { productWriteRoutes } from './products/product-write-routes.ts'
import { stockRoutes } from './stock/stock-routes.ts'

/** The products service over an open database, not yet listening. */
export function buildApp(config: ProductsConfig, dependencies: Dependencies): Service {
  const { database } = dependencies
  const store = mongoEvents(database, 'products')
  const service = createService({
    name: 'products',
    version: '0.1.0',
    logLevel: config.LOG_LEVEL,
    internalSecret: config.INTERNAL_SECRET,
    ready: () => database.ping(),
    schema: schemaReadiness({ database, migrations }),
    health: async () => ({ mongo: await database.health(), outbox: await outboxHealth(store.outbox) }),
    docs: { title: 'Polystore products', description: 'What can be bought: catalogue, stock and holds.' },
  })
  startEvents({
    service,
    name: 'products',
    config,
    store,
    publishes: ['stock.low', 'stock.depleted', 'stock.replenished'],
    subscriberUrls: { orders: config.ORDERS_URL },
    consumers: [holdConsumer(dependencies)],
    crash: createCrash<EventCrashPoint>(config.CRASH_FILE),
  })
  productReadRoutes(service, dependencies)
  productWriteRoutes(service, dependencies)
  importRoutes(service, dependencies)
  categoryRoutes(service, dependencies)
  stockRoutes(service, dependencies)
  holdRoutes(service, dependencies)
  return service
}
