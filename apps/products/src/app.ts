import { schemaReadiness } from '@polystore/db-core/readiness'
import { createService, type Service } from '@polystore/service-kit'
import { categoryRoutes } from './categories/category-routes.ts'
import type { Dependencies } from './dependencies.ts'
import { holdRoutes } from './holds/hold-routes.ts'
import { migrations } from './migrations.ts'
import { importRoutes } from './products/import-routes.ts'
import { productReadRoutes } from './products/product-read-routes.ts'
import { productWriteRoutes } from './products/product-write-routes.ts'
import { stockRoutes } from './stock/stock-routes.ts'

export interface AppOptions {
  readonly logLevel: string
  readonly internalSecret: string
}

/** The products service over an open database, not yet listening. */
export function buildApp(dependencies: Dependencies, { logLevel, internalSecret }: AppOptions): Service {
  const { database } = dependencies
  const service = createService({
    name: 'products',
    version: '0.1.0',
    logLevel,
    internalSecret,
    ready: () => database.ping(),
    schema: schemaReadiness({ database, migrations }),
    health: async () => ({ mongo: await database.health() }),
    docs: { title: 'Polystore products', description: 'What can be bought: catalogue, stock and holds.' },
  })
  productReadRoutes(service, dependencies)
  productWriteRoutes(service, dependencies)
  importRoutes(service, dependencies)
  categoryRoutes(service, dependencies)
  stockRoutes(service, dependencies)
  holdRoutes(service, dependencies)
  return service
}
