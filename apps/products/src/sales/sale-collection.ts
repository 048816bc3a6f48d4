import { defineCollection, stringKey } from '@polystore/db-core/mongo'
import { z } from 'zod'

/**
 * What was sold of each SKU (`_id`), kept by the events of orders. No minimum: where a confirmation waits for a person, the
 * cancellation of its order may be counted first.
 */
export const saleCollection = defineCollection({
  name: 'sales',
  schema: z.object({ ...stringKey(), pieces: z.int(), orders: z.int() }),
  indexes: [{ key: { pieces: -1, id: 1 } }],
})
