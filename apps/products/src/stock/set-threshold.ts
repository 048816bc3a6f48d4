import type { MongoTransaction } from '@polystore/db-core/mongo'
import type { AdjustStockDependencies } from './adjust-stock.ts'
import type { StockRow } from './stock-repository.ts'

export interface SetThresholdInput {
  readonly sku: string
  /** Stock counts as low at or below it; null never. */
  readonly lowStockAt: number | null
}

/** Others are told when the stock counts as low by it, or no longer does. @throws NotFoundError */
export async function setThreshold(
  dependencies: AdjustStockDependencies,
  input: SetThresholdInput,
  signal?: AbortSignal,
): Promise<StockRow> {
  const { database, stock, stockTurns } = dependencies
  const set = () =>
    database.transaction(
      async (tx) => {
        await setThresholdOnce(dependencies, input, tx)
        return stock.get(input.sku, { tx })
      },
      { retries: 20 },
    )
  return stockTurns.run([input.sku], set, signal)
}

/** The same inside the caller's transaction, which must have its turn. */
export async function setThresholdOnce(
  { stock }: Pick<AdjustStockDependencies, 'stock'>,
  { sku, lowStockAt }: SetThresholdInput,
  tx: MongoTransaction,
): Promise<void> {
  const before = await stock.levelOf(sku, tx)
  if (before.lowStockAt !== lowStockAt) await stock.change([{ sku, before, after: { ...before, lowStockAt } }], tx)
}
