import type { MongoTransaction } from '@polystore/db-core/mongo'
import type { ProductRepository } from '../products/product-repository.ts'
import type { StockRepository } from '../stock/stock-repository.ts'
import type { SeenOffers } from './decide-holds.ts'
import type { HoldCommand } from './hold.ts'
import type { HoldRepository } from './hold-repository.ts'

export interface ReadBooksDependencies {
  readonly holds: HoldRepository
  readonly products: ProductRepository
  readonly stock: StockRepository
}

/** All that the commands are decided by: their holds, the stock that they ask for or have, and what it is offered for. */
export async function readBooks(
  { holds, products, stock }: ReadBooksDependencies,
  commands: readonly HoldCommand[],
  tx: MongoTransaction,
): Promise<SeenOffers> {
  const stored = await holds.ofOrders([...new Set(commands.map(({ orderId }) => orderId))], tx)
  const wanted = new Set<string>()
  for (const command of commands) {
    if (command.kind === 'reserve' && !stored.has(command.orderId)) for (const { sku } of command.lines) wanted.add(sku)
  }
  const moved = new Set(wanted)
  for (const hold of stored.values()) if ('lines' in hold) for (const { sku } of hold.lines) moved.add(sku)
  return { holds: stored, stock: await stock.levelsOf([...moved], tx), offers: await products.offersOf(wanted, tx) }
}
