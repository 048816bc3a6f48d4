import type { MongoTransaction } from '@polystore/db-core/mongo'
import type { MovementRepository } from '../stock/movement-repository.ts'
import type { StockRepository } from '../stock/stock-repository.ts'
import type { HoldChanges, HoldMovement } from './hold-books.ts'
import type { HoldRepository } from './hold-repository.ts'

export interface WriteBooksDependencies {
  readonly holds: HoldRepository
  readonly stock: StockRepository
  readonly movements: MovementRepository
}

const reasons = {
  reserve: 'order placed',
  commit: 'order confirmed',
  release: 'order cancelled',
  return: 'confirmed order cancelled',
} as const

/** Stock comes first, since another process stands in the way there or nowhere. @throws SerializationError */
export async function writeBooks(
  { holds, stock, movements }: WriteBooksDependencies,
  changes: HoldChanges,
  tx: MongoTransaction,
): Promise<void> {
  await stock.change(changes.stock, tx)
  await holds.store(changes, tx)
  await movements.append(changes.movements.map(toMovement), tx)
}

function toMovement({ orderId, sku, quantity, kind }: HoldMovement) {
  return { sku, quantity, kind, reason: reasons[kind], orderId, actor: `order:${orderId}` }
}
