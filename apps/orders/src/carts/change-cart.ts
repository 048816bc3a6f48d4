import { Problem } from '@polystore/service-kit'
import type { CartDependencies } from './cart-dependencies.ts'
import type { CartView } from './cart-schemas.ts'
import { getCart } from './get-cart.ts'

/** Different SKUs that a cart may hold. */
export const maxCartLines = 100

export interface CartLineInput {
  readonly userId: string
  readonly sku: string
  readonly quantity: number
}

/** Puts so many of a SKU into the user's cart, however many were there. @throws Problem cart-full */
export async function setCartLine(dependencies: CartDependencies, { userId, sku, quantity }: CartLineInput): Promise<CartView> {
  const { database, carts, cartExpiryDays } = dependencies
  await database.transaction(async (tx) => {
    const cart = await carts.open(userId, cartExpiryDays, tx)
    if (!(await carts.setLine({ cartId: cart.id, sku, quantity }, tx))) return
    if ((await carts.countLines(cart.id, tx)) > maxCartLines) throw new Problem('cart-full')
    await carts.countUp(userId, tx)
  })
  return getCart(dependencies, userId)
}

/** The same whether the line was there or not. */
export async function removeCartLine(
  dependencies: CartDependencies,
  { userId, sku }: Pick<CartLineInput, 'userId' | 'sku'>,
): Promise<CartView> {
  const { database, carts } = dependencies
  await database.transaction(async (tx) => {
    if (await carts.removeLine(userId, sku, tx)) await carts.countUp(userId, tx)
  })
  return getCart(dependencies, userId)
}
