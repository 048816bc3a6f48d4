import type { OpenOrder } from './order.ts'
import type { Prices } from './group-writes/order-move.ts'
import type { OrderView } from './order-schemas.ts'

/** The `OrderView` of an order that is being confirmed, up to the moment of it, which the database appends: `…","updatedAt":"`. */
export function confirmedBodyStart(order: OpenOrder, { totalCents, currency, lines }: Prices): string {
  const view: Omit<OrderView, 'updatedAt'> = {
    id: order.id,
    userId: order.userId,
    status: 'CONFIRMED',
    version: order.version + 1,
    currency,
    totalCents,
    lines: [...lines],
    rejection: null,
    createdAt: order.createdAt,
  }
  return `${JSON.stringify(view).slice(0, -1)},"updatedAt":"`
}
