import { StaleVersionError } from '@polystore/db-core'
import { Problem, type ProblemSlug } from '@polystore/service-kit'
import type { OrderedLine } from '../orders/order.ts'
import type { OrderDependencies } from '../orders/order-dependencies.ts'
import { placeOrder, type PlacedOrder } from '../orders/place-order.ts'
import type { CartDependencies } from './cart-dependencies.ts'
import type { SeenCart } from './cart-tag.ts'

export interface CheckOutInput {
  readonly userId: string
  /** What the customer saw is what is ordered. */
  readonly seen: SeenCart
}

/** The order is refused for good, and the cart may be tried again. */
const refusals: ReadonlySet<ProblemSlug> = new Set(['insufficient-stock', 'unknown-sku', 'mixed-currencies', 'order-cancelled'])

/**
 * Makes an order of a cart, once for each version of it: whoever asks again, also after the cart is gone, gets the same order.
 * The cart goes in the statement that confirms the order. A refused one stays and gets its next version, so that it can be tried again.
 * @throws StaleVersionError, Problem cart-empty and those of placeOrder
 */
export async function checkOut(dependencies: OrderDependencies & CartDependencies, { userId, seen }: CheckOutInput): Promise<PlacedOrder> {
  const idempotencyKey = `cart:${seen.id}:${seen.version}`
  const lines = await linesToOrder(dependencies, userId, { seen, idempotencyKey })
  try {
    return await placeOrder(dependencies, { userId, idempotencyKey, lines, cart: seen })
  } catch (error) {
    if (error instanceof Problem && refusals.has(error.slug)) await dependencies.carts.countUpFrom(seen)
    throw error
  }
}

/** Those of the cart; when it has changed or gone, those of the order that was made of it. */
async function linesToOrder(
  { carts, keys, orders }: OrderDependencies & CartDependencies,
  userId: string,
  { seen, idempotencyKey }: { readonly seen: SeenCart; readonly idempotencyKey: string },
): Promise<readonly OrderedLine[]> {
  const cart = await carts.findOfUser(userId)
  if (cart?.id === seen.id && cart.version === seen.version) return notEmpty(cart.lines)
  const known = await keys.find(userId, idempotencyKey)
  if (known === undefined) throw new StaleVersionError('the cart has changed or is gone', { entity: 'carts' })
  return orders.linesOf(known.orderId)
}

function notEmpty(lines: readonly OrderedLine[]): readonly OrderedLine[] {
  if (lines.length === 0) throw new Problem('cart-empty')
  return lines.map(({ sku, quantity }) => ({ sku, quantity }))
}
