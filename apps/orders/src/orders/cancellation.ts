import { planDeliveries } from '@polystore/events'
import type { OrderedLine } from './order.ts'
import type { OrderDependencies } from './order-dependencies.ts'
import type { Move } from './order-mover.ts'
import type { OrderRow } from './order-table.ts'

/** An order as far as a cancellation needs it. */
export type CancellableOrder = Pick<OrderRow, 'id' | 'userId' | 'status' | 'version' | 'totalCents'>

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
export async function finishCancellation(dependencies: OrderDependencies, order: CancellableOrder): Promise<void> {
  const { products, mover, crash } = dependencies
  const deliveries = await cancelledDeliveries(dependencies, order)
  await products.release(order.id)
  crash('after-hold-release')
  await mover.move({ order, through: [{ to: 'CANCELLED', reason: 'stock given back' }], actor: 'system', workIn: 'none', deliveries })
}

async function cancelledDeliveries({ orders }: OrderDependencies, order: CancellableOrder): Promise<NonNullable<Move['deliveries']>> {
  const { id: orderId, userId, version } = order
  const [returned, history] = await Promise.all([soldLines(orders, order), orders.historyOf(orderId)])
  const reason = history.findLast(({ toStatus }) => toStatus === 'CANCELLING')?.reason ?? 'cancelled'
  return planDeliveries([{ type: 'order.cancelled', subject: orderId, sequence: version + 1, data: { orderId, userId, returned, reason } }])
}

/** What others were told of as sold: nothing before the order was confirmed. */
async function soldLines(orders: OrderDependencies['orders'], { id, totalCents }: CancellableOrder): Promise<OrderedLine[]> {
  if (totalCents === null) return []
  return (await orders.linesOf(id)).map(({ sku, quantity }) => ({ sku, quantity }))
}
