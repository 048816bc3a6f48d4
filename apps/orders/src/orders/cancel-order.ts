import { Problem } from '@polystore/service-kit'
import { finishCancellation } from './advance-order.ts'
import { beginCancellation } from './begin-cancellation.ts'
import { getOrder, type Viewer } from './get-order.ts'
import { canMove } from './order.ts'
import type { OrderDependencies } from './order-dependencies.ts'
import type { OrderDetail } from './order-schemas.ts'

export interface CancelOrderInput {
  readonly orderId: string
  readonly viewer: Viewer
  readonly reason: string
  readonly signal: AbortSignal
}

const maxRaces = 5

/**
 * Cancels an order that has not been shipped. CANCELLED, or CANCELLING while products cannot be reached: recovery finishes it.
 * Cancelling a cancelled order again answers the same.
 * @throws NotFoundError, Problem invalid-transition
 */
export async function cancelOrder(dependencies: OrderDependencies, input: CancelOrderInput): Promise<OrderDetail> {
  const { orderId, viewer, reason, signal } = input
  for (let race = 0; race < maxRaces; race++) {
    const detail = await getOrder(dependencies, orderId, viewer)
    if (detail.status === 'CANCELLING' || detail.status === 'CANCELLED') return detail
    if (!canMove(detail.status, 'CANCELLING')) {
      throw new Problem('invalid-transition', { detail: `An order that is ${detail.status} cannot be cancelled.` })
    }
    const order = await dependencies.orders.get(orderId)
    if (order.version !== detail.version) continue
    const cancelling = await beginCancellation(dependencies, order, { actor: actorOf(viewer), reason })
    if (cancelling === undefined) continue
    await finishCancellation(dependencies, cancelling, signal).catch(dependencies.wakeRecovery)
    return getOrder(dependencies, orderId, viewer)
  }
  throw new Problem('conflict', { detail: 'The order is changing; read it again and retry.' })
}

function actorOf({ id, staff }: Viewer): string {
  return `${staff ? 'staff' : 'user'}:${id}`
}
