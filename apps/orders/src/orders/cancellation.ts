import type { OrderDependencies } from './order-dependencies.ts'
import type { OrderRow } from './order-table.ts'

/** An order as far as a cancellation needs it. */
export type CancellableOrder = Pick<OrderRow, 'id' | 'userId' | 'status' | 'version'>

/**
 * The decision to cancel, made in PostgreSQL before any stock moves. A request that still waits for this order is answered
 * with `order-cancelled`, under its key, from here on. Undefined when somebody else moved the order first.
 */
export async function beginCancellation(
  { mover }: Pick<OrderDependencies, 'mover'>,
  order: CancellableOrder,
  by: { readonly actor: string; readonly reason: string },
): Promise<CancellableOrder | undefined> {
  const movedAt = await mover.move({
    order,
    through: [{ to: 'CANCELLING', reason: by.reason }],
    actor: by.actor,
    workIn: 0,
    answer: { refusal: { slug: 'order-cancelled', skus: [] } },
  })
  return movedAt === undefined ? undefined : { ...order, status: 'CANCELLING', version: order.version + 1 }
}

/** CANCELLED only after products acknowledged the release; without a hold it leaves a tombstone for a late reserve. */
export async function finishCancellation({ products, mover, crash }: OrderDependencies, order: CancellableOrder): Promise<void> {
  await products.release(order.id)
  crash('after-hold-release')
  await mover.move({ order, through: [{ to: 'CANCELLED', reason: 'stock given back' }], actor: 'system', workIn: 'none' })
}
