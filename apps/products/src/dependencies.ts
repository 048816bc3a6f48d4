import type { MongoDatabase } from '@polystore/db-core/mongo'
import { CategoryRepository } from './categories/category-repository.ts'
import { createCrash, type CrashPoint } from './crash-point.ts'
import { OutboxRepository } from './events/outbox-repository.ts'
import type { HoldDependencies } from './holds/hold-dependencies.ts'
import { HoldRepository } from './holds/hold-repository.ts'
import type { ProductDependencies } from './products/product-dependencies.ts'
import { ProductRepository } from './products/product-repository.ts'
import { createKeyQueue } from './queueing/key-queue.ts'
import { MovementRepository } from './stock/movement-repository.ts'
import { StockRepository } from './stock/stock-repository.ts'

export type Dependencies = HoldDependencies & ProductDependencies

export interface DependencyOptions {
  /** Connections of the database's pool; half of them carry transactions, the rest is for reads. */
  readonly poolSize: number
  readonly crashPoint?: CrashPoint | undefined
}

/** Everything that the use cases work with, over an open database. */
export function createDependencies(database: MongoDatabase, { poolSize, crashPoint }: DependencyOptions): Dependencies {
  return {
    database,
    products: new ProductRepository(database),
    categories: new CategoryRepository(database),
    stock: new StockRepository(database),
    movements: new MovementRepository(database),
    holds: new HoldRepository(database),
    outbox: new OutboxRepository(database),
    writeQueue: createKeyQueue({ maxRunning: Math.max(1, Math.floor(poolSize / 2)), maxWaiting: 5_000 }),
    crash: createCrash(crashPoint),
  }
}
