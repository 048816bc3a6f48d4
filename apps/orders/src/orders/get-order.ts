import { NotFoundError } from '@polystore/db-core'
import type { OrderDependencies } from './order-dependencies.ts'
import type { OrderDetail } from './order-schemas.ts'
import { toOrderDetail } from './order-view.ts'

/** Who looks at orders: a customer sees only their own, staff all. */
export interface Viewer {
  readonly id: string
  readonly staff: boolean
}

/** @throws NotFoundError also for somebody else's order, so that ids cannot be probed. */
export async function getOrder({ orders }: Pick<OrderDependencies, 'orders'>, orderId: string, viewer: Viewer): Promise<OrderDetail> {
  const order = await orders.get(orderId)
  if (order.userId !== viewer.id && !viewer.staff) throw new NotFoundError('no such order', { entity: 'orders' })
  const [lines, history] = await Promise.all([orders.linesOf(orderId), orders.historyOf(orderId)])
  return toOrderDetail(order, lines, history, viewer)
}
