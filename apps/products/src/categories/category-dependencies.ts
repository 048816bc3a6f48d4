import type { MongoDatabase } from '@polystore/db-core/mongo'
import type { ProductRepository } from '../products/product-repository.ts'
import type { CategoryRepository } from './category-repository.ts'

/** What the use cases of a category work with. */
export interface CategoryDependencies {
  readonly database: MongoDatabase
  readonly categories: CategoryRepository
  readonly products: ProductRepository
}

/** Conflicts are retried this often: writers of one branch meet on its ancestors. */
export const categoryRetries = 20
