import { defineCollection, objectIdKey, stringKey } from '@polystore/db-core/mongo'
import { z } from 'zod'

const pieces = z.int().min(0)

/** Stock by SKU (`_id`). The minimum of 0 is the last guard against overselling, below every guarded update. */
export const stockCollection = defineCollection({
  name: 'stock',
  schema: z.object({
    ...stringKey(),
    available: pieces,
    reserved: pieces,
    sold: pieces,
    lowStockAt: pieces.nullable(),
    /** Counts up with every change; the sequence of the events of the SKU. Older documents have none before their next change. */
    version: pieces.optional(),
  }),
  indexes: [],
})

/** Why stock moved: an adjustment by staff, or a step of a hold; `return` is sold stock that came back. */
export const movementKind = z.enum(['adjust', 'reserve', 'commit', 'release', 'return'])
export type MovementKind = z.infer<typeof movementKind>

/** The ledger: append-only, written in the transaction that moves the stock. */
export const movementCollection = defineCollection({
  name: 'stock_movements',
  schema: z.object({
    ...objectIdKey(),
    sku: z.string(),
    kind: movementKind,
    /** Signed for `adjust`, positive for the steps of a hold. */
    quantity: z.int(),
    reason: z.string(),
    orderId: z.string().nullable(),
    actor: z.string(),
    at: z.date(),
    /** `available` as this movement left it; only adjustments know it. */
    availableAfter: z.int().nullable(),
    /** Set where a retry must not be done twice; with the fingerprint of what was asked. */
    idempotencyKey: z.string().nullable(),
    fingerprint: z.string().nullable(),
  }),
  indexes: [
    { key: { sku: 1, id: -1 } },
    { key: { kind: 1, sku: 1, quantity: 1 }, partialFilterExpression: { kind: 'adjust' } },
    {
      key: { idempotencyKey: 1 },
      unique: true,
      partialFilterExpression: { idempotencyKey: { $type: 'string' } },
    },
  ],
})
