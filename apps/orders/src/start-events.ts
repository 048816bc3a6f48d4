import type { SqlTransaction } from '@polystore/db-core/sql'
import { startEvents, type EventCrashPoint, type Events, type EventStore } from '@polystore/events'
import type { Crash, Service } from '@polystore/service-kit'
import type { OrdersConfig } from './config.ts'
import { stockLevelConsumer } from './stock-levels/stock-level-consumer.ts'
import type { StockLevelRepository } from './stock-levels/stock-level-repository.ts'
import type { KnownUserRepository } from './users/known-user-repository.ts'
import { userConsumer } from './users/user-consumer.ts'

export interface OrdersEventsOptions {
  readonly service: Service
  readonly config: OrdersConfig
  readonly store: EventStore<SqlTransaction>
  readonly knownUsers: KnownUserRepository
  readonly stockLevels: StockLevelRepository
  readonly crash: Crash<EventCrashPoint>
}

/** Tells products of orders, and hears of users and of stock. */
export function startOrdersEvents({ service, config, store, knownUsers, stockLevels, crash }: OrdersEventsOptions): Events {
  return startEvents({
    service,
    name: 'orders',
    config,
    store,
    publishes: ['order.confirmed'],
    subscriberUrls: { products: config.PRODUCTS_URL },
    consumers: [userConsumer(knownUsers), stockLevelConsumer(stockLevels)],
    crash,
  })
}
