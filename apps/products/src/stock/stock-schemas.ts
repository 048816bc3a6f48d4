import { sku } from '@polystore/contracts'
import { z } from 'zod'
import { text } from '../products/product-schemas.ts'
import { movementKinds } from './movement.ts'

const pieces = z.int().min(0)
const bound = 1_000_000

export const stockParams = z.strictObject({ sku })

/** Everybody sees what is available, staff the rest. */
export const stockView = z
  .strictObject({
    sku,
    available: pieces,
    reserved: pieces.optional(),
    sold: pieces.optional(),
    lowStockAt: pieces.nullable().optional(),
  })
  .meta({ id: 'Stock' })
export type StockView = z.infer<typeof stockView>

export const adjustmentBody = z
  .strictObject({
    quantity: z
      .int()
      .min(-bound)
      .max(bound)
      .refine((quantity) => quantity !== 0, 'must not be 0'),
    reason: text(200).min(1),
  })
  .meta({ id: 'StockAdjustment', examples: [{ quantity: 120, reason: 'delivery 4711' }] })

export const thresholdBody = z
  .strictObject({ lowStockAt: pieces.max(bound).nullable() })
  .meta({ id: 'StockThreshold', examples: [{ lowStockAt: 10 }] })

export const movementView = z
  .strictObject({
    id: z.string(),
    sku,
    kind: z.enum(movementKinds),
    quantity: z.int(),
    reason: z.string(),
    orderId: z.string().nullable(),
    actor: z.string(),
    at: z.iso.datetime(),
    /** `available` as the adjustment left it. */
    availableAfter: z.int().nullable(),
  })
  .meta({ id: 'StockMovement' })
export type MovementView = z.infer<typeof movementView>

export const movementPage = z.strictObject({
  items: z.array(movementView),
  next: z.string().optional(),
  previous: z.string().optional(),
})

export const adjustmentHeaders = z.looseObject({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/u, 'must be 1 to 255 visible ASCII characters')
    .optional()
    .meta({ description: 'A repeated request with the same key and body is done once.' }),
})
