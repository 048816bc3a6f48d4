import type { CloudEvent } from '@polystore/contracts'
import type { SqlTransaction } from '@polystore/db-core/sql'
import { defineConsumer, type Consumer } from '@polystore/events'
import type { StockLevelRepository } from './stock-level-repository.ts'
import type { StockLevel, StockLevelRow } from './stock-level-table.ts'

type StockEvent = CloudEvent<'stock.low' | 'stock.depleted' | 'stock.replenished'>

const levels: Readonly<Record<StockEvent['type'], StockLevel>> = {
  'stock.low': 'low',
  'stock.depleted': 'depleted',
  'stock.replenished': 'enough',
}

/** Keeps the hints that carts show. */
export function stockLevelConsumer(stockLevels: StockLevelRepository): Consumer<SqlTransaction, StockEvent['type']> {
  return defineConsumer({
    name: 'stock-levels',
    types: ['stock.low', 'stock.depleted', 'stock.replenished'],
    apply: (events, tx) => stockLevels.note(latestOf(events), tx),
  })
}

/** One level for each SKU: that of the latest of its events, however the events are ordered. */
function latestOf(events: readonly StockEvent[]): StockLevelRow[] {
  const latest = new Map<string, StockLevelRow>()
  for (const event of events) {
    const { sku } = event.data
    const known = latest.get(sku)
    if (known === undefined || known.sequence < event.sequence) {
      latest.set(sku, { sku, level: levels[event.type], sequence: event.sequence })
    }
  }
  return [...latest.values()]
}
