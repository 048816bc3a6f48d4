import type { NewEvent } from '@polystore/events'

/** Pieces of one SKU. */
export interface Stock {
  readonly available: number
  readonly reserved: number
  readonly sold: number
  readonly lowStockAt: number | null
  /** Counts up with every change; the sequence of the events of the SKU. */
  readonly version: number
}

export const stockColumns = ['available', 'reserved', 'sold'] as const
export type StockColumn = (typeof stockColumns)[number]

export interface StockChange {
  readonly sku: string
  readonly before: Stock
  /** The version is still that of `before`; the write counts it up. */
  readonly after: Stock
}

type Level = 'depleted' | 'low' | 'plenty'

/** Told of a change that takes the SKU to another level: none left, few left, enough. One event at most, since consumers go by its sequence. */
export function stockEvents({ sku, before, after }: StockChange): NewEvent[] {
  const level = levelOf(after)
  return level === levelOf(before) ? [] : [eventOf(sku, level, after, before.version + 1)]
}

function levelOf({ available, lowStockAt }: Stock): Level {
  if (available === 0) return 'depleted'
  return lowStockAt !== null && available <= lowStockAt ? 'low' : 'plenty'
}

function eventOf(sku: string, level: Level, { available, lowStockAt }: Stock, sequence: number): NewEvent {
  const about = { subject: sku, sequence }
  switch (level) {
    case 'depleted':
      return { ...about, type: 'stock.depleted', data: { sku } }
    case 'low':
      return { ...about, type: 'stock.low', data: { sku, available, lowStockAt: lowStockAt ?? 0 } }
    case 'plenty':
      return { ...about, type: 'stock.replenished', data: { sku, available } }
  }
}
