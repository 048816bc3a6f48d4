import type { OrderDependencies } from './order-dependencies.ts'
import type { OrderRow } from './order-table.ts'

/**
 * The decision to cancel, made in PostgreSQL before any stock moves. A request that still waits for this order is answered
 * with `order-cancelled`, under its key, from here on. Undefined when somebody else moved the order first.
 */
export async function beginCancellation(
  { database, orders, keys }: Pick<OrderDependencies, 'database' | 'orders' | 'keys'>,
  order: OrderRow,
  by: { readonly actor: string; readonly reason: string },
): Promise<OrderRow | undefined> {
  return database.transaction(async (tx) => {
    const moved = await orders.move({ order, through: ['CANCELLING'], ...by, workLeft: true }, tx)
    if (moved !== undefined) {
      await keys.storeAnswer(order.id, { kind: 'refusal', slug: 'order-cancelled', orderId: order.id, skus: [] }, tx)
    }
    return moved
  })
}
