import type { MongoDatabase } from '@polystore/db-core/mongo'
import type { CategoryRepository } from '../categories/category-repository.ts'
import type { MovementRepository } from '../stock/movement-repository.ts'
import type { StockRepository } from '../stock/stock-repository.ts'
import type { OwnTurns } from '../stock/stock-turns.ts'
import type { ProductRepository } from './product-repository.ts'
import type { ProductContent } from './product.ts'

/** What the use cases of a product work with. */
export interface ProductDependencies {
  readonly database: MongoDatabase
  readonly products: ProductRepository
  readonly categories: CategoryRepository
  readonly stock: StockRepository
  readonly movements: MovementRepository
  readonly stockTurns: OwnTurns
}

/** Conflicts with other processes are retried this often. */
export const productRetries = 10

/** What a write of the product must not share with another of its turn: its SKUs and its categories. */
export function keysOf({ variants, categoryIds }: Pick<ProductContent, 'variants' | 'categoryIds'>): string[] {
  return [...variants.map(({ sku }) => sku), ...categoryIds.map((id) => `category:${id}`)]
}
