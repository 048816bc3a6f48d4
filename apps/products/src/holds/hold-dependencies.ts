import { SerializationError, UnavailableError } from '@polystore/db-core'
import type { MongoDatabase, MongoTransaction } from '@polystore/db-core/mongo'
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
const retries = 30

/**
 * One transaction over a hold and its stock. A conflict that outlasts the retries comes from a process that died in mid-transaction,
 * and passes when the server ends that transaction: the caller tries again later. @throws UnavailableError
 */
export async function inHoldTransaction<Result>(
  { database }: Pick<HoldDependencies, 'database'>,
  work: (tx: MongoTransaction) => Promise<Result>,
): Promise<Result> {
  try {
    return await database.transaction(work, { retries })
  } catch (error) {
    if (!(error instanceof SerializationError)) throw error
    throw new UnavailableError('The stock is locked by another process', { entity: 'stock', cause: error })
  }
}

/** Who moved the stock, for the ledger. */
export function orderActor(orderId: string): string {
  return `order:${orderId}`
}
