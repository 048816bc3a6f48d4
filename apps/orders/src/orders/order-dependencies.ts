import type { EventBus } from '@polystore/events'
import type { OrdersCrash } from '../crash-point.ts'
import type { IdempotencyRepository } from '../idempotency/idempotency-repository.ts'
import type { LearnUserDependencies } from '../users/learn-user.ts'
import type { OrderMover } from './group-writes/order-mover.ts'
import type { OrderPlacer } from './group-writes/order-placer.ts'
import type { OrderProcessEvents } from './order-process-events.ts'
import type { OrderRepository } from './order-repository.ts'
import type { ProductsClient } from './products-client.ts'

/** What the use cases of an order work with. */
export interface OrderDependencies extends LearnUserDependencies {
  readonly orders: OrderRepository
  readonly placer: OrderPlacer
  readonly mover: OrderMover
  readonly keys: IdempotencyRepository
  readonly products: ProductsClient
  readonly bus: EventBus<OrderProcessEvents>
  readonly crash: OrdersCrash
  /** Told whenever an order has work left that no request waits for. */
  readonly wakeRecovery: () => void
}
