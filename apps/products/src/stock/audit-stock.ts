import type { StockAudit } from '@polystore/contracts'
import type { MongoDatabase } from '@polystore/db-core/mongo'
import type { HoldRepository } from '../holds/hold-repository.ts'
import type { MovementRepository } from './movement-repository.ts'
import type { StockRepository } from './stock-repository.ts'

export interface AuditStockDependencies {
  readonly database: MongoDatabase
  readonly stock: StockRepository
  readonly movements: MovementRepository
  readonly holds: HoldRepository
}

/** Stock beside what the ledger and the holds say of it, all seen at one moment; by SKU, after the given one. */
export async function auditStock(
  { database, stock, movements, holds }: AuditStockDependencies,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<StockAudit[]> {
  return database.transaction(
    async (tx) => {
      const rows = await stock.after(after, limit, tx)
      const skus = rows.map(({ id }) => id)
      const adjusted = await movements.adjusted(skus, tx)
      const pieces = await holds.piecesOf(skus, tx)
      return rows.map(({ id: sku, available, reserved, sold }) => ({
        sku,
        available,
        reserved,
        sold,
        adjusted: adjusted.get(sku) ?? 0,
        held: pieces.get(sku)?.held ?? 0,
        committed: pieces.get(sku)?.committed ?? 0,
      }))
    },
    { timeoutMs: 7_000 },
  )
}
