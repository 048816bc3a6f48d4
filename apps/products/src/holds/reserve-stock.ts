import type { Hold, ReserveDemand } from '@polystore/contracts'
import type { MongoTransaction } from '@polystore/db-core/mongo'
import { lowStockEvent } from '../stock/stock.ts'
import type { StockRow } from '../stock/stock-repository.ts'
import { decideHold, mergeLines } from './hold.ts'
import { inHoldTransaction, type HoldDependencies } from './hold-dependencies.ts'
import { moveLines } from './hold-lines.ts'

export interface ReserveStockInput {
  readonly orderId: string
  readonly lines: ReserveDemand['lines']
  readonly signal?: AbortSignal | undefined
}

/**
 * Takes all lines or none, once per order id: whoever asks again, with whatever body, gets the stored result.
 * The decision, the prices, the stock and the ledger are read and written in one transaction.
 */
export async function reserveStock(dependencies: HoldDependencies, input: ReserveStockInput): Promise<Hold> {
  const { holds, writeQueue, crash } = dependencies
  const stored = await holds.findHold(input.orderId)
  if (stored) return stored
  const lines = mergeLines(input.lines)
  const reserve = (): Promise<Hold> =>
    inHoldTransaction(dependencies, (tx) => reserveOnce(dependencies, { orderId: input.orderId, lines }, tx))
  const hold = await writeQueue.run(
    lines.map(({ sku }) => sku),
    reserve,
    input.signal,
  )
  crash('after-reserve-commit')
  return hold
}

async function reserveOnce(dependencies: HoldDependencies, { orderId, lines }: ReserveStockInput, tx: MongoTransaction): Promise<Hold> {
  const { holds, products, stock, crash } = dependencies
  const stored = await holds.findHold(orderId, tx)
  if (stored) return stored
  const skus = lines.map(({ sku }) => sku)
  const offers = await products.offersOf(skus, tx)
  const stocks = await stock.getMany(skus, { tx })
  const decision = decideHold(lines, offers, new Map(stocks.map(({ id, available }) => [id, available])))
  const hold = await holds.insert(orderId, decision, tx)
  if (decision.state === 'HELD') {
    await moveLines(
      dependencies,
      { orderId, lines: decision.lines, from: 'available', to: 'reserved', kind: 'reserve', reason: 'order placed' },
      tx,
    )
    await announceLowStock(dependencies, lines, stocks, tx)
  }
  crash('before-reserve-commit')
  return hold
}

async function announceLowStock(
  { outbox }: HoldDependencies,
  taken: ReserveDemand['lines'],
  stocks: readonly StockRow[],
  tx: MongoTransaction,
): Promise<void> {
  const quantities = new Map(taken.map(({ sku, quantity }) => [sku, quantity]))
  for (const before of stocks) {
    const data = lowStockEvent(before.id, before, before.available - (quantities.get(before.id) ?? 0))
    if (data !== undefined) await outbox.append({ type: 'stock.low', subject: before.id, data }, tx)
  }
}
