import { z } from 'zod'
import { inParallel } from './in-parallel.ts'
import type { Shop } from './shop.ts'

const stockView = z.looseObject({ sku: z.string(), available: z.int(), reserved: z.int(), sold: z.int() })

export interface StockLevel {
  readonly available: number
  readonly reserved: number
  readonly sold: number
}

/** What staff sees of each SKU; a SKU without a stock record has nothing. */
export async function stockLevels(shop: Shop, staffToken: string, skus: readonly string[]): Promise<Map<string, StockLevel>> {
  const levels = await inParallel(skus, 16, async (sku) => {
    const { status, body } = await shop.call({ method: 'GET', path: `/stock/${sku}`, token: staffToken })
    return status === 404 ? { available: 0, reserved: 0, sold: 0 } : stockView.parse(body)
  })
  return new Map(skus.map((sku, index) => [sku, levels[index] ?? { available: 0, reserved: 0, sold: 0 }]))
}
