import { SerializationError, StatementTimeoutError } from '@polystore/db-core'
import type { MongoDatabase, MongoTransaction } from '@polystore/db-core/mongo'
import { defineConsumer, type Consumer } from '@polystore/events'
import { endOrphanedTransactions } from '../stock/orphaned-transactions.ts'
import type { StockRepository } from '../stock/stock-repository.ts'
import type { LaterTurns } from '../stock/stock-turns.ts'
import { decideSale } from './decide-sale.ts'
import type { HoldRepository } from './hold-repository.ts'

export interface HoldConsumerDependencies {
  readonly database: MongoDatabase
  readonly holds: HoldRepository
  readonly stock: StockRepository
  readonly stockTurns: LaterTurns
}

/**
 * Sells what confirmed orders hold, many orders in one transaction. The state of a hold tells whether its order was sold before, so
 * no note in the inbox is needed. Nobody waits for it, so those who order go first.
 */
export function holdConsumer(dependencies: HoldConsumerDependencies): Consumer<MongoTransaction, 'order.confirmed'> {
  const { database, holds, stock, stockTurns } = dependencies
  return defineConsumer({
    name: 'holds',
    types: ['order.confirmed'],
    idempotent: true,
    inTurn: (work) => stockTurns.runLater(() => pastOrphans(database, work)),
    apply: async (events, tx) => {
      const orderIds = events.map(({ data }) => data.orderId)
      const sale = decideSale(orderIds, await holds.sellable(orderIds, tx))
      await stock.sell(sale.pieces, tx)
      await holds.markSold(sale.orderIds, tx)
    },
  })
}

/** What a process has left open that died or stands still is in the way for a minute, unless it is ended. */
async function pastOrphans<Result>(database: MongoDatabase, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof SerializationError || error instanceof StatementTimeoutError)) throw error
    await endOrphanedTransactions(database)
    return await work()
  }
}
