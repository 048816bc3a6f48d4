import type { MongoDatabase } from '@polystore/db-core/mongo'
import type { CategoryRepository } from '../categories/category-repository.ts'
import type { OutboxRepository } from '../events/outbox-repository.ts'
import type { KeyQueue } from '../queueing/key-queue.ts'
import type { MovementRepository } from '../stock/movement-repository.ts'
import type { StockRepository } from '../stock/stock-repository.ts'
import type { ProductRepository } from './product-repository.ts'
import type { ProductContent } from './product.ts'

/** What the use cases of a product work with. */
export interface ProductDependencies {
  readonly database: MongoDatabase
  readonly products: ProductRepository
  readonly categories: CategoryRepository
  readonly stock: StockRepository
  readonly movements: MovementRepository
  readonly outbox: OutboxRepository
  readonly writeQueue: KeyQueue
}

/** Conflicts with other processes are retried this often. */
export const productRetries = 10

/** Whose turn a write of the product has to wait for: its SKUs and its categories. */
export function keysOf({ variants, categoryIds }: Pick<ProductContent, 'variants' | 'categoryIds'>): string[] {
  return [...variants.map(({ sku }) => sku), ...categoryIds.map((id) => `category:${id}`)]
}
