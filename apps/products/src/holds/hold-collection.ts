import { holdLine } from '@polystore/contracts'
import { defineCollection, stringKey } from '@polystore/db-core/mongo'
import { z } from 'zod'

/**
 * Holds by order id (`_id`), which are the ledger of their own steps: when each was made. What has `committedAt` as well was sold
 * before it was released. `lines` is empty and `skus` names the culprits when the hold was refused.
 */
export const holdCollection = defineCollection({
  name: 'holds',
  schema: z.object({
    ...stringKey(),
    state: z.enum(['HELD', 'COMMITTED', 'RELEASED', 'REJECTED', 'TOMBSTONE']),
    lines: z.array(holdLine),
    reason: z.enum(['insufficient-stock', 'unknown-sku', 'mixed-currencies']).optional(),
    skus: z.array(z.string()).optional(),
    heldAt: z.date().optional(),
    committedAt: z.date().optional(),
    /** Of a tombstone when the release came that was before its hold. */
    releasedAt: z.date().optional(),
    refusedAt: z.date().optional(),
  }),
  indexes: [
    // The states that holds end in are not listed by state, so that moving to one only takes an entry away.
    { key: { state: 1, id: 1 }, partialFilterExpression: { state: 'HELD' } },
    // The steps by SKU and time; most holds are never released.
    { key: { 'lines.sku': 1, heldAt: -1, id: -1 } },
    { key: { 'lines.sku': 1, committedAt: -1, id: -1 }, partialFilterExpression: { committedAt: { $exists: true } } },
    { key: { 'lines.sku': 1, releasedAt: -1, id: -1 }, partialFilterExpression: { releasedAt: { $exists: true } } },
  ],
})
