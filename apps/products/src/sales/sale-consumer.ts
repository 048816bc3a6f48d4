import type { MongoTransaction } from '@polystore/db-core/mongo'
import { defineConsumer, type Consumer } from '@polystore/events'
import { saleChanges, type SaleEvent } from './sale.ts'
import type { SaleRepository } from './sale-repository.ts'

/** Counts what is sold and what comes back. Adding is not idempotent: the inbox lets each event through once. */
export function saleConsumer(sales: SaleRepository): Consumer<MongoTransaction, SaleEvent['type']> {
  return defineConsumer({
    name: 'sales',
    types: ['order.confirmed', 'order.cancelled'],
    apply: async (events, tx) => {
      const changes = saleChanges(events)
      if (changes.length > 0) await sales.add(changes, tx)
    },
  })
}
