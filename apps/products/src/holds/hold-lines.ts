import type { Hold, HoldLine } from '@polystore/contracts'
import type { MongoTransaction } from '@polystore/db-core/mongo'
import type { MovementKind } from '../stock/stock-collection.ts'
import type { StockColumn } from '../stock/stock-repository.ts'
import { orderActor, type HoldDependencies } from './hold-dependencies.ts'

export interface LineMove {
  readonly orderId: string
  readonly lines: readonly HoldLine[]
  readonly from: StockColumn
  readonly to: StockColumn
  readonly kind: MovementKind
  readonly reason: string
}

/** Moves the stock of all lines, with a row each in the ledger. @throws StockDriftError */
export async function moveLines(
  { stock, movements }: Pick<HoldDependencies, 'stock' | 'movements'>,
  { orderId, lines, from, to, kind, reason }: LineMove,
  tx: MongoTransaction,
): Promise<void> {
  await stock.move(
    lines.map(({ sku, quantity }) => ({ sku, quantity, from, to })),
    tx,
  )
  const actor = orderActor(orderId)
  await movements.append(
    lines.map(({ sku, quantity }) => ({ sku, quantity, kind, reason, orderId, actor })),
    tx,
  )
}

/** The SKUs whose turn a change of the hold has to wait for. */
export function skusOf(hold: Hold | undefined): string[] {
  return hold !== undefined && 'lines' in hold ? hold.lines.map(({ sku }) => sku) : []
}
