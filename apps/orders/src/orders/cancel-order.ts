import { Problem } from '@polystore/service-kit'
import { beginCancellation, finishCancellation } from './cancellation.ts'
import { getOrder, type Viewer } from './get-order.ts'
import { canMove } from './order.ts'
import type { OrderDependencies } from './order-dependencies.ts'
import type { OrderDetail } from './order-schemas.ts'
import { withoutRaces } from './without-races.ts'

export interface CancelOrderInput {
  readonly orderId: string
  readonly viewer: Viewer
  readonly reason: string
}

/**
 * Cancels an order that has not been shipped. CANCELLED, or CANCELLING while products cannot be reached: recovery finishes it.
 * Cancelling a cancelled order again answers the same.
 * @throws NotFoundError, Problem invalid-transition
 */
export async function cancelOrder(dependencies: OrderDependencies, { orderId, viewer, reason }: CancelOrderInput): Promise<OrderDetail> {
  return withoutRaces(async () => {
    const detail = await getOrder(dependencies, orderId, viewer)
    if (detail.status === 'CANCELLING' || detail.status === 'CANCELLED') return detail
    if (!canMove(detail.status, 'CANCELLING')) {
      throw new Problem('invalid-transition', { detail: `An order that is ${detail.status} cannot be cancelled.` })
    }
    const cancelling = await beginCancellation(dependencies, { ...detail, id: orderId }, { actor: actorOf(viewer), reason })
    if (cancelling === undefined) return undefined
    await finishCancellation(dependencies, cancelling).catch(dependencies.wakeRecovery)
    return getOrder(dependencies, orderId, viewer)
  })
}

/** As the history of orders names them. */
export function actorOf({ id, staff }: Viewer): string {
  return `${staff ? 'staff' : 'user'}:${id}`
}
