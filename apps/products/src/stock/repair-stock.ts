import type { StockAudit } from '@polystore/contracts'
import { Problem } from '@polystore/service-kit'
import type { AuditStockDependencies } from './audit-stock.ts'

/**
 * Sets the levels of one SKU to what its adjustments and its holds add up to; they are append-only and keyed, the levels only a sum.
 * @throws NotFoundError; Problem insufficient-stock when more is held and sold than was ever put there
 */
export async function repairStock({ database, stock, movements, holds }: AuditStockDependencies, sku: string): Promise<StockAudit> {
  return database.transaction(async (tx) => {
    await stock.get(sku, { tx })
    const [adjusted = 0, held = 0, committed = 0] = [
      (await movements.adjusted([sku], tx)).get(sku),
      (await holds.piecesIn('HELD', [sku], tx)).get(sku),
      (await holds.piecesIn('COMMITTED', [sku], tx)).get(sku),
    ]
    const available = adjusted - held - committed
    if (available < 0) throw new Problem('insufficient-stock', { detail: 'More is held and sold than was put in stock.' })
    await stock.setLevels(sku, { available, reserved: held, sold: committed }, tx)
    return { sku, available, reserved: held, sold: committed, adjusted, held, committed }
  })
}
