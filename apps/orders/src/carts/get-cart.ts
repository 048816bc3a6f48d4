import type { CartDependencies } from './cart-dependencies.ts'
import type { CartView } from './cart-schemas.ts'

const noCart: CartView = { id: null, version: 0, lines: [], expiresAt: null }

/** The cart of a user, each line with what was last heard of its stock. */
export async function getCart({ carts, stockLevels }: CartDependencies, userId: string): Promise<CartView> {
  const cart = await carts.findOfUser(userId)
  if (cart === undefined) return noCart
  const levels = await stockLevels.levelsOf(cart.lines.map(({ sku }) => sku))
  return {
    id: cart.id,
    version: cart.version,
    lines: cart.lines.map(({ sku, quantity, addedAt }) => ({
      sku,
      quantity,
      stock: levels.get(sku) ?? 'enough',
      addedAt: addedAt.toISOString(),
    })),
    expiresAt: cart.expiresAt.toISOString(),
  }
}
