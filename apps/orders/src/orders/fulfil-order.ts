import { Problem } from '@polystore/service-kit'
import { actorOf } from './cancel-order.ts'
import { getOrder, type Viewer } from './get-order.ts'
import { canMove } from './order.ts'
import type { OrderDependencies } from './order-dependencies.ts'
import type { OrderDetail } from './order-schemas.ts'
import { withoutRaces } from './without-races.ts'

export interface FulfilOrderInput {
  readonly orderId: string
  readonly to: 'SHIPPED' | 'DELIVERED'
  readonly staff: Viewer
  readonly reason: string
}

/**
 * Staff ship a confirmed order and deliver a shipped one. A hold that products has not sold yet still will be.
 * Doing it again answers the same.
 * @throws NotFoundError, Problem invalid-transition
 */
export async function fulfilOrder(dependencies: OrderDependencies, { orderId, to, staff, reason }: FulfilOrderInput): Promise<OrderDetail> {
  return withoutRaces(async () => {
    const detail = await getOrder(dependencies, orderId, staff)
    if (detail.status === to) return detail
    if (!canMove(detail.status, to)) {
      throw new Problem('invalid-transition', { detail: `An order that is ${detail.status} cannot become ${to}.` })
    }
    const moved = await dependencies.mover.move({ order: detail, through: [{ to, reason }], actor: actorOf(staff), workIn: 'none' })
    return moved === undefined ? undefined : getOrder(dependencies, orderId, staff)
  })
}
