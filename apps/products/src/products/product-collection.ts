import { defineCollection, objectIdKey, softDelete, timestamps, versioned } from '@polystore/db-core/mongo'
import { z } from 'zod'

const price = z.int().min(0)

/** Products with their variants. A slug and a SKU belong to one live product at a time. */
export const productCollection = defineCollection({
  name: 'products',
  schema: z.object({
    ...objectIdKey(),
    name: z.string(),
    slug: z.string(),
    description: z.string(),
    categoryIds: z.array(z.string()),
    attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
    images: z.array(z.string()),
    variants: z.array(
      z.object({
        sku: z.string(),
        name: z.string().optional(),
        options: z.record(z.string(), z.string()),
        priceCents: price,
        currency: z.string(),
      }),
    ),
    status: z.enum(['draft', 'active', 'archived']),
    priceCents: price,
    ...versioned(),
    ...timestamps(),
    ...softDelete(),
  }),
  indexes: [
    { key: { slug: 1 }, unique: true },
    { key: { 'variants.sku': 1 }, unique: true },
    { key: { status: 1, createdAt: -1, id: -1 } },
    { key: { status: 1, name: 1, id: 1 } },
    { key: { status: 1, priceCents: 1, id: 1 } },
    { key: { categoryIds: 1, status: 1, createdAt: -1, id: -1 } },
  ],
})
