import type { Service } from '@polystore/service-kit'
import type { SaleRepository } from './sale-repository.ts'
import { bestSellers, bestSellersQuery } from './sale-schemas.ts'

export interface SaleDependencies {
  readonly sales: SaleRepository
}

/** What staff may know of sales. */
export function saleRoutes(service: Service, { sales }: SaleDependencies): void {
  service.get(
    '/products/best-sellers',
    {
      config: { access: 'staff' },
      schema: {
        operationId: 'listBestSellers',
        summary: 'The SKUs of which most pieces were sold, as the events of orders tell',
        tags: ['products'],
        querystring: bestSellersQuery,
        response: { 200: bestSellers },
      },
    },
    async ({ query }) => {
      const rows = await sales.best(query.limit)
      return { items: rows.map(({ id, pieces, orders }) => ({ sku: id, pieces, orders })) }
    },
  )
}
