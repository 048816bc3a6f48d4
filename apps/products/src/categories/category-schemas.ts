import { pageQuery } from '@polystore/service-kit'
import { z } from 'zod'
import { objectId, slug, text } from '../products/product-schemas.ts'

export const categoryBody = z
  .strictObject({
    name: text(200).min(1),
    slug: slug.optional().meta({ description: 'Made from the name when missing' }),
    parentId: objectId.nullable().default(null),
  })
  .meta({ id: 'CategoryBody', examples: [{ name: 'Lighting', parentId: null }] })
export type CategoryBody = z.infer<typeof categoryBody>

export const categoryView = z
  .strictObject({
    id: objectId,
    name: z.string(),
    slug: z.string(),
    parentId: objectId.nullable(),
    /** Ids of the ancestors, from the root to the parent. */
    path: z.array(objectId),
    version: z.int(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Category' })
export type CategoryView = z.infer<typeof categoryView>

export const categoryParams = z.strictObject({ id: objectId })
export const categoryListQuery = z.strictObject({
  parentId: z
    .union([objectId, z.literal('root')])
    .optional()
    .meta({ description: 'Children of this category; `root` for the top level' }),
  ...pageQuery,
})
export const categoryPage = z.strictObject({
  items: z.array(categoryView),
  next: z.string().optional(),
  previous: z.string().optional(),
})
