import type { Service } from '@polystore/service-kit'
import { actorOf } from '../viewer.ts'
import { importProducts } from './import-products.ts'
import type { ProductDependencies } from './product-dependencies.ts'
import { importAnswer, importBody, type ImportResult } from './product-schemas.ts'

const bodyLimitBytes = 1_048_576
const timeoutMs = 30_000

export function importRoutes(service: Service, dependencies: ProductDependencies): void {
  service.post(
    '/products/bulk',
    {
      bodyLimit: bodyLimitBytes,
      config: { access: 'staff', timeoutMs },
      schema: {
        operationId: 'importProducts',
        summary: 'Create or update up to 500 products by SKU, with a result for each',
        tags: ['products'],
        body: importBody,
        response: { 200: importAnswer },
        problems: ['body-too-large'],
      },
    },
    async ({ body, identity, deadline: signal }) => {
      const items = await importProducts(dependencies, { items: body.items, actor: actorOf(identity), signal })
      const count = (status: ImportResult['status']): number => items.filter((item) => item.status === status).length
      return { created: count('created'), updated: count('updated'), refused: count('refused'), items }
    },
  )
}
