import { defineCollection, objectIdKey, timestamps, versioned } from '@polystore/db-core/mongo'
import { z } from 'zod'

/** The tree of categories; `path` holds the ids of the ancestors, from the root to the parent. */
export const categoryCollection = defineCollection({
  name: 'categories',
  schema: z.object({
    ...objectIdKey(),
    name: z.string(),
    slug: z.string(),
    parentId: z.string().nullable(),
    path: z.array(z.string()),
    /** Counted up by whoever relies on the category staying where it is, so that a concurrent move or delete conflicts. */
    uses: z.int(),
    ...versioned(),
    ...timestamps(),
  }),
  indexes: [{ key: { slug: 1 }, unique: true }, { key: { path: 1 } }, { key: { parentId: 1, name: 1, id: 1 } }],
})
