import type { NewDelivery } from '@polystore/events'
import type { Refusal } from '../../idempotency/idempotency-table.ts'
import type { OrderStatus } from '../order.ts'
import type { Rejection } from '../order-table.ts'

/** From one state of an order to another. */
export interface Move {
  readonly order: { readonly id: string; readonly userId: string; readonly status: OrderStatus; readonly version: number }
  /** The statuses passed through, ending with the new one; all are written to the history. */
  readonly through: readonly [...Step[], Step]
  readonly actor: string
  /** Seconds until recovery does what is left after it, unless `none` is. */
  readonly workIn: number | 'none'
  readonly prices?: Prices
  readonly rejection?: Rejection
  /** What a waiting or later request with the order's key is answered. Of a body everything but its end, `updatedAt`. */
  readonly answer?: { readonly bodyStart: string } | { readonly refusal: Refusal }
  readonly deliveries?: readonly NewDelivery[]
}

interface Step {
  readonly to: OrderStatus
  readonly reason: string
}

/** What an order costs, and each of its lines, in their order. */
export interface Prices {
  readonly totalCents: number
  readonly currency: string
  readonly lines: readonly PricedLine[]
}

export interface PricedLine {
  readonly sku: string
  readonly quantity: number
  readonly name: string
  readonly unitPriceCents: number
}
