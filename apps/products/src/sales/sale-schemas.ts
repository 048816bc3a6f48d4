import { sku } from '@polystore/contracts'
import { queryInteger } from '@polystore/service-kit'
import { z } from 'zod'

export const bestSellersQuery = z.strictObject({ limit: queryInteger({ min: 1, max: 100 }).default(20) })

export const bestSellers = z
  .strictObject({
    items: z.array(
      z.strictObject({
        sku,
        /** Less what came back. */
        pieces: z.int(),
        orders: z.int(),
      }),
    ),
  })
  .meta({ id: 'BestSellers', examples: [{ items: [{ sku: '85123A', pieces: 120, orders: 17 }] }] })
