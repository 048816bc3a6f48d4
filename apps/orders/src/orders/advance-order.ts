import { beginCancellation, finishCancellation } from './cancellation.ts'
import { decideOrder } from './decide-order.ts'
import type { OrderDependencies } from './order-dependencies.ts'
import type { ClaimedOrder } from './order-repository.ts'

/**
 * Does what the order's state asks for next, and nothing that is done already: products answers a repeated command with its
 * stored result, and every move here is a compare-and-set. So the request that placed an order and any number of recovery
 * workers may advance it at once, and those that are advanced at once share their statements. Throws only what the infrastructure
 * throws; a business refusal is a state of the order.
 */
export async function advanceOrder(dependencies: OrderDependencies, { order, lines, expired }: ClaimedOrder): Promise<void> {
  switch (order.status) {
    case 'PENDING':
    case 'RESERVED':
      if (expired) return expire(dependencies, order)
      await decideOrder(dependencies, { ...order, createdAt: order.createdAt.toISOString(), lines })
      return
    case 'CANCELLING':
      return finishCancellation(dependencies, order)
    case 'CONFIRMED':
    case 'SHIPPED':
    case 'DELIVERED':
    case 'REJECTED':
    case 'CANCELLED':
      // At rest: the table takes no time of a next run for them.
      return
  }
}

async function expire(dependencies: OrderDependencies, order: ClaimedOrder['order']): Promise<void> {
  const cancelling = await beginCancellation(dependencies, order, { actor: 'system', reason: 'expired' })
  if (cancelling !== undefined) await finishCancellation(dependencies, cancelling)
}
