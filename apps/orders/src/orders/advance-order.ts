import type { Hold, HoldLine } from '@polystore/contracts'
import { appendEvent } from '../events/outbox-repository.ts'
import { beginCancellation } from './begin-cancellation.ts'
import { totalCents } from './order.ts'
import type { OrderDependencies } from './order-dependencies.ts'
import type { ClaimedOrder } from './order-repository.ts'
import type { OrderRow } from './order-table.ts'
import { toOrderView } from './order-view.ts'

/**
 * Does what the order's state asks for next, and nothing that is done already: products answers a repeated command with its
 * stored result, and every move here is a compare-and-set. So the request that placed an order and any number of recovery
 * workers may advance it at once. Throws only what the infrastructure throws; a business refusal is a state of the order.
 */
export async function advanceOrder(dependencies: OrderDependencies, { order, expired }: ClaimedOrder, signal: AbortSignal): Promise<void> {
  switch (order.status) {
    case 'PENDING':
    case 'RESERVED':
      return expired ? expire(dependencies, order, signal) : reserve(dependencies, order, signal)
    case 'CONFIRMED':
      await dependencies.products.commit(order.id, signal)
      return dependencies.orders.settle(order)
    case 'CANCELLING':
      return finishCancellation(dependencies, order, signal)
    case 'REJECTED':
    case 'CANCELLED':
    case 'SHIPPED':
    case 'DELIVERED':
      return dependencies.orders.settle(order)
  }
}

async function reserve(dependencies: OrderDependencies, order: OrderRow, signal: AbortSignal): Promise<void> {
  const lines = await dependencies.orders.linesOf(order.id)
  const hold = await dependencies.products.reserve(order.id, lines, signal)
  switch (hold.state) {
    case 'HELD':
    case 'COMMITTED':
      return confirm(dependencies, order, hold.lines, signal)
    case 'REJECTED':
      return reject(dependencies, order, hold)
    case 'RELEASED':
    case 'TOMBSTONE':
      // Only a cancellation releases; it has moved the order already, so there is nothing to do for this state of it.
      return
  }
}

/** PENDING → RESERVED → CONFIRMED in one write, because no payment step lies between. */
async function confirm(dependencies: OrderDependencies, order: OrderRow, lines: readonly HoldLine[], signal: AbortSignal): Promise<void> {
  const { database, orders, keys } = dependencies
  const total = totalCents(lines)
  const currency = lines[0]?.currency ?? null
  const confirmed = await database.transaction(async (tx) => {
    const moved = await orders.move(
      {
        order,
        through: order.status === 'PENDING' ? ['RESERVED', 'CONFIRMED'] : ['CONFIRMED'],
        actor: 'system',
        workLeft: true,
        set: { totalCents: total, currency },
      },
      tx,
    )
    if (moved === undefined) return false
    await orders.priceLines(order.id, lines, tx)
    const view = toOrderView(moved, await orders.linesOf(order.id, tx))
    await keys.storeAnswer(order.id, { kind: 'order', order: view }, tx)
    const { userId, version } = moved
    const demand = lines.map(({ sku, quantity }) => ({ sku, quantity }))
    await appendEvent(
      'order.confirmed',
      { orderId: order.id, userId, version, lines: demand, totalCents: total, currency: currency ?? '' },
      tx,
    )
    return true
  })
  if (confirmed) dependencies.wakeRecovery()
  else await releaseIfCancelled(dependencies, order.id, signal)
}

/** Somebody moved the order while its stock was being taken; if that was a cancellation, the stock goes back. */
async function releaseIfCancelled(dependencies: OrderDependencies, orderId: string, signal: AbortSignal): Promise<void> {
  const current = await dependencies.orders.get(orderId)
  if (current.status === 'CANCELLING' || current.status === 'CANCELLED') {
    await dependencies.products.release(orderId, signal)
  }
}

async function reject(
  { database, orders, keys }: OrderDependencies,
  order: OrderRow,
  { reason, skus }: Extract<Hold, { state: 'REJECTED' }>,
): Promise<void> {
  await database.transaction(async (tx) => {
    const moved = await orders.move(
      { order, through: ['REJECTED'], actor: 'system', reason, workLeft: false, set: { rejection: { reason, skus } } },
      tx,
    )
    if (moved === undefined) return
    await keys.storeAnswer(order.id, { kind: 'refusal', slug: reason, orderId: order.id, skus }, tx)
    await appendEvent('order.rejected', { orderId: order.id, userId: moved.userId, version: moved.version, reason, skus }, tx)
  })
}

async function expire(dependencies: OrderDependencies, order: OrderRow, signal: AbortSignal): Promise<void> {
  const cancelling = await beginCancellation(dependencies, order, { actor: 'system', reason: 'expired' })
  if (cancelling !== undefined) await finishCancellation(dependencies, cancelling, signal)
}

/** CANCELLED only after products acknowledged the release; without a hold it leaves a tombstone for a late reserve. */
export async function finishCancellation(
  { database, orders, products }: OrderDependencies,
  order: OrderRow,
  signal: AbortSignal,
): Promise<void> {
  await products.release(order.id, signal)
  await database.transaction(async (tx) => {
    const moved = await orders.move({ order, through: ['CANCELLED'], actor: 'system', workLeft: false }, tx)
    if (moved === undefined) return
    const { userId, version } = moved
    await appendEvent('order.cancelled', { orderId: order.id, userId, version, reason: 'cancelled' }, tx)
  })
}
