import type { MongoDatabase } from '@polystore/db-core/mongo'
import { offersOf } from '../products/product.ts'
import type { ProductRepository } from '../products/product-repository.ts'
import type { StockRepository } from '../stock/stock-repository.ts'
import type { SeenOffers } from './decide-holds.ts'
import type { HoldCommand } from './hold.ts'
import type { HoldRepository } from './hold-repository.ts'

export interface ReadBooksDependencies {
  readonly database: MongoDatabase
  readonly holds: HoldRepository
  readonly stock: StockRepository
  readonly products: ProductRepository
}

/**
 * All that the commands are decided by, read at once and outside any transaction: every write is guarded by what was seen here.
 * With `expectNew` no hold is looked for of what is to be reserved, because the insertion of one that is there fails anyway.
 */
export async function readBooks(
  { holds, stock, products }: ReadBooksDependencies,
  commands: readonly HoldCommand[],
  { expectNew }: { readonly expectNew: boolean },
): Promise<SeenOffers> {
  const known = commands.filter(({ kind }) => kind !== 'reserve' || !expectNew)
  const wanted = skusToReserve(commands)
  const [seen, levels, offering] = await Promise.all([
    holds.byOrder(known.map(({ orderId }) => orderId)),
    stock.levels([...wanted]),
    products.offering([...wanted]),
  ])
  const held = [...seen.values()].flatMap((hold) => ('lines' in hold ? hold.lines.map(({ sku }) => sku) : []))
  const others = await stock.levels(held.filter((sku) => !levels.has(sku)))
  const offers = offering.flatMap(offersOf).filter(([sku]) => wanted.has(sku))
  return { holds: seen, stock: new Map([...levels, ...others]), offers: new Map(offers) }
}

function skusToReserve(commands: readonly HoldCommand[]): Set<string> {
  const skus = new Set<string>()
  for (const command of commands) if (command.kind === 'reserve') for (const { sku } of command.lines) skus.add(sku)
  return skus
}
