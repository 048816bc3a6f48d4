import { holdLine } from '@polystore/contracts'
import { defineCollection, stringKey, timestamps } from '@polystore/db-core/mongo'
import { z } from 'zod'

/** Holds by order id (`_id`). `lines` is empty and `skus` names the culprits when the hold was refused. */
export const holdCollection = defineCollection({
  name: 'holds',
  schema: z.object({
    ...stringKey(),
    state: z.enum(['HELD', 'COMMITTED', 'RELEASED', 'REJECTED', 'TOMBSTONE']),
    lines: z.array(holdLine),
    reason: z.enum(['insufficient-stock', 'unknown-sku', 'mixed-currencies']).nullable(),
    skus: z.array(z.string()),
    ...timestamps(),
  }),
  // The states that holds end in are not listed by state, so that moving to one only takes an entry away.
  indexes: [{ key: { state: 1, id: 1 }, partialFilterExpression: { state: 'HELD' } }, { key: { 'lines.sku': 1 } }],
})
