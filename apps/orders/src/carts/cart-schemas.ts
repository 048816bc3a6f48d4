import { quantity, sku } from '@polystore/contracts'
import { z } from 'zod'
import { stockLevels } from '../stock-levels/stock-level-table.ts'

export const cartLineBody = z.strictObject({ quantity }).meta({ id: 'CartLineQuantity', examples: [{ quantity: 2 }] })
export const cartLineParams = z.strictObject({ sku })

export const cartView = z
  .strictObject({
    id: z.uuid().nullable().meta({ description: 'Null while there is no cart' }),
    version: z.int().meta({ description: 'Counts the changes; 0 while there is no cart' }),
    lines: z.array(
      z.strictObject({
        sku,
        quantity,
        stock: z.enum(stockLevels).meta({ description: 'What was last heard of its stock: a hint, no promise', examples: ['enough'] }),
        addedAt: z.iso.datetime(),
      }),
    ),
    expiresAt: z.iso.datetime().nullable().meta({ description: 'When the cart is gone unless it is changed before' }),
  })
  .meta({ id: 'Cart' })
export type CartView = z.infer<typeof cartView>
