import type { EventData } from '@polystore/contracts'

/** Pieces of one SKU. */
export interface Stock {
  readonly available: number
  readonly reserved: number
  readonly sold: number
  readonly lowStockAt: number | null
}

/** Told of the one change that takes `available` from above the threshold to it or below. */
export function lowStockEvent(sku: string, before: Stock, availableAfter: number): EventData<'stock.low'> | undefined {
  const { available, lowStockAt } = before
  const falls = lowStockAt !== null && available > lowStockAt && availableAfter <= lowStockAt
  return falls ? { sku, available: availableAfter, lowStockAt } : undefined
}
