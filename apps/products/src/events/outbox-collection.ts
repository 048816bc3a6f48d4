import { defineCollection, stringKey } from '@polystore/db-core/mongo'
import { z } from 'zod'

/** CloudEvents 1.0 rows, written in the transaction whose change they tell of; the relay publishes them. */
export const outboxCollection = defineCollection({
  name: 'outbox',
  schema: z.object({
    ...stringKey(),
    specversion: z.literal('1.0'),
    type: z.string(),
    source: z.string(),
    subject: z.string(),
    time: z.date(),
    datacontenttype: z.literal('application/json'),
    data: z.record(z.string(), z.unknown()),
    publishedAt: z.date().nullable(),
  }),
  indexes: [{ key: { publishedAt: 1, time: 1, id: 1 } }],
})
