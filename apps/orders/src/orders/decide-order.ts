import type { Hold } from '@polystore/contracts'
import { planDeliveries } from '@polystore/events'
import type { Refusal } from '../idempotency/idempotency-table.ts'
import { totalCents, type OpenOrder } from './order.ts'
import { orderConfirmed } from './order-confirmed.ts'
import type { OrderDependencies } from './order-dependencies.ts'
import type { PricedLine, Prices } from './group-writes/order-move.ts'
import { confirmedBodyStart } from './confirmed-body.ts'

/** What a client is answered once the order is decided. */
export type Decision = { readonly body: string } | { readonly refusal: Refusal }

type Reserved = Extract<Hold, { lines: unknown }>

/**
 * Takes the stock and confirms the order, or rejects it. Undefined when somebody else moved the order first.
 * @throws Problem upstream-unavailable, upstream-timeout; RepositoryError
 */
export async function decideOrder(dependencies: OrderDependencies, order: OpenOrder): Promise<Decision | undefined> {
  const hold = await dependencies.products.reserve(order.id, order.lines)
  dependencies.crash('after-reserve')
  switch (hold.state) {
    case 'HELD':
    case 'COMMITTED':
      return confirm(dependencies, order, hold)
    case 'REJECTED':
      return reject(dependencies, order, hold)
    case 'RELEASED':
    case 'TOMBSTONE':
      // Only a cancellation releases; it has moved the order already, so there is nothing to do for this state of it.
      return undefined
  }
}

/**
 * PENDING → RESERVED → CONFIRMED in one write, because no payment step lies between. From here on nothing is left to do for the order: the
 * event says what is, and it is delivered until products has sold what it holds.
 */
async function confirm(dependencies: OrderDependencies, order: OpenOrder, hold: Reserved): Promise<Decision | undefined> {
  const { mover, crash } = dependencies
  const prices = pricesOf(order, hold)
  const bodyStart = confirmedBodyStart(order, prices)
  crash('before-confirm-commit')
  const movedAt = await mover.move({
    order,
    through: order.status === 'PENDING' ? [stepReserved, stepConfirmed] : [stepConfirmed],
    actor: 'system',
    workIn: 'none',
    prices,
    answer: { bodyStart },
    deliveries: planDeliveries([orderConfirmed(order, order.version + 1)]),
  })
  crash('after-confirm-commit')
  if (movedAt === undefined) return releaseIfCancelled(dependencies, order.id)
  return { body: `${bodyStart}${movedAt}"}` }
}

const stepReserved = { to: 'RESERVED', reason: 'stock taken' } as const
const stepConfirmed = { to: 'CONFIRMED', reason: 'prices fixed, nothing left to pay' } as const

/** In the order of the order's lines. */
function pricesOf({ lines }: OpenOrder, hold: Reserved): Prices {
  const held = new Map(hold.lines.map((line) => [line.sku, line]))
  const priced = lines.flatMap(({ sku }): PricedLine[] => {
    const line = held.get(sku)
    return line === undefined ? [] : [{ sku, quantity: line.quantity, name: line.name, unitPriceCents: line.unitPriceCents }]
  })
  return { totalCents: totalCents(priced), currency: hold.lines[0]?.currency ?? '', lines: priced }
}

/** Somebody moved the order while its stock was being taken; if that was a cancellation, the stock goes back. */
async function releaseIfCancelled({ orders, products }: OrderDependencies, orderId: string): Promise<undefined> {
  const current = await orders.get(orderId)
  if (current.status === 'CANCELLING' || current.status === 'CANCELLED') await products.release(orderId)
}

async function reject(
  { mover }: OrderDependencies,
  order: OpenOrder,
  { reason, skus }: Extract<Hold, { state: 'REJECTED' }>,
): Promise<Decision | undefined> {
  const refusal = { slug: reason, skus }
  const movedAt = await mover.move({
    order,
    through: [{ to: 'REJECTED', reason }],
    actor: 'system',
    workIn: 'none',
    rejection: { reason, skus },
    answer: { refusal },
  })
  return movedAt === undefined ? undefined : { refusal }
}
