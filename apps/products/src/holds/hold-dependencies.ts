import type { MongoDatabase } from '@polystore/db-core/mongo'
import type { Crash } from '../crash-point.ts'
import type { OutboxRepository } from '../events/outbox-repository.ts'
import type { ProductRepository } from '../products/product-repository.ts'
import type { KeyQueue } from '../queueing/key-queue.ts'
import type { MovementRepository } from '../stock/movement-repository.ts'
import type { StockRepository } from '../stock/stock-repository.ts'
import type { HoldRepository } from './hold-repository.ts'

/** What the use cases of a hold work with. */
export interface HoldDependencies {
  readonly database: MongoDatabase
  readonly holds: HoldRepository
  readonly products: ProductRepository
  readonly stock: StockRepository
  readonly movements: MovementRepository
  readonly outbox: OutboxRepository
  readonly writeQueue: KeyQueue
  readonly crash: Crash
}

/** Conflicts with other processes are retried this often; within one process the queue prevents them. */
export const holdRetries = 30

/** Who moved the stock, for the ledger. */
export function orderActor(orderId: string): string {
  return `order:${orderId}`
}
