import type { StockAudit } from '@polystore/contracts'
import type { MongoTransaction } from '@polystore/db-core/mongo'
import { Problem } from '@polystore/service-kit'
import type { AuditStockDependencies } from './audit-stock.ts'
import type { OwnTurns } from './stock-turns.ts'

export interface RepairStockDependencies extends AuditStockDependencies {
  readonly stockTurns: OwnTurns
}

/**
 * Sets the levels of one SKU to what its adjustments and its holds add up to; they are append-only and keyed, the levels only a sum.
 * @throws NotFoundError; Problem insufficient-stock when more is held and sold than was ever put there
 */
export async function repairStock(dependencies: RepairStockDependencies, sku: string, signal?: AbortSignal): Promise<StockAudit> {
  const { database, stockTurns } = dependencies
  return stockTurns.run([sku], () => database.transaction((tx) => repairOnce(dependencies, sku, tx)), signal)
}

async function repairOnce({ stock, movements, holds }: AuditStockDependencies, sku: string, tx: MongoTransaction): Promise<StockAudit> {
  const before = await stock.levelOf(sku, tx)
  const adjusted = (await movements.adjusted([sku], tx)).get(sku) ?? 0
  const { held, committed } = (await holds.piecesOf([sku], tx)).get(sku) ?? { held: 0, committed: 0 }
  const available = adjusted - held - committed
  if (available < 0) throw new Problem('insufficient-stock', { detail: 'More is held and sold than was put in stock.' })
  const levels = { available, reserved: held, sold: committed }
  await stock.change([{ sku, before, after: { ...before, ...levels } }], tx)
  return { sku, ...levels, adjusted, held, committed }
}
