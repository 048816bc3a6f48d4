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

/** The ledger of adjustments: append-only, written in the transaction that moves the stock. Holds are the ledger of their own steps. */
export const movementCollection = defineCollection({
  name: 'stock_movements',
  schema: z.object({
    ...objectIdKey(),
    sku: z.string(),
    /** Signed. */
    quantity: z.int(),
    reason: z.string(),
    actor: z.string(),
    at: z.date(),
    /** `available` as this adjustment left it. */
    availableAfter: z.int(),
    /** Set where a retry must not be done twice; with the fingerprint of what was asked. */
    idempotencyKey: z.string().nullable(),
    fingerprint: z.string().nullable(),
  }),
  indexes: [
    { key: { sku: 1, at: -1, id: -1 } },
    { key: { sku: 1, quantity: 1 } },
    {
      key: { idempotencyKey: 1 },
      unique: true,
      partialFilterExpression: { idempotencyKey: { $type: 'string' } },
    },
  ],
})
