import { currency, sku } from '@polystore/contracts'
import { defineClientQuery } from '@polystore/db-core'
import type { RowOf } from '@polystore/db-core/mongo'
import { z } from 'zod'
import type { productCollection } from './product-collection.ts'

/** Text of at most so many characters; service-kit has refused NUL and halves of characters. */
export function text(maxLength: number) {
  return z.string().max(maxLength)
}

/** The id of a document: 24 hexadecimal digits. */
export const objectId = z
  .string()
  .regex(/^[0-9a-f]{24}$/u, 'must be 24 hexadecimal digits')
  .meta({ examples: ['66a1f0c2d3e4f5a6b7c8d9e0'] })

export const slug = z
  .string()
  .max(120)
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/u, 'must be lower-case words joined by hyphens')
  .meta({ examples: ['blue-coat-rack'] })

/** A name that cannot be taken for an operator, a path or a prototype. */
export const fieldName = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[^$.\u0000]+$/u, 'must not hold "$" or "."')
  .refine((name) => !['__proto__', 'constructor', 'prototype'].includes(name), 'is a reserved name')

const attributeValue = z.union([text(500), z.number(), z.boolean()])
export const maxAttributes = 50
const attributes = z
  .record(fieldName, attributeValue)
  .refine((record) => Object.keys(record).length <= maxAttributes, `at most ${maxAttributes} attributes`)
const options = z.record(fieldName, text(100)).refine((record) => Object.keys(record).length <= 10, 'at most 10 options')
const image = z.url({ protocol: /^https$/u }).max(500)

export const variant = z.strictObject({
  sku,
  name: text(200).min(1).optional(),
  options: options.default({}),
  /** Price in minor units. */
  priceCents: z.int().min(0).max(100_000_000),
  currency,
})
export type Variant = z.infer<typeof variant>

const distinct = (values: readonly string[]): boolean => new Set(values).size === values.length

export function variantList<Item extends z.ZodType<{ sku: string }>>(item: Item) {
  return z
    .array(item)
    .min(1)
    .max(50)
    .refine((list) => distinct(list.map((entry) => entry.sku)), 'each SKU once')
}

export const productStatus = z.enum(['draft', 'active', 'archived'])
export type ProductStatus = z.infer<typeof productStatus>

const fields = {
  name: text(200).min(1),
  slug,
  description: text(10_000),
  categoryIds: z.array(objectId).max(20).refine(distinct, 'each category once'),
  attributes,
  images: z.array(image).max(20),
  variants: variantList(variant),
  status: productStatus,
}

const defaulted = {
  name: fields.name,
  slug: fields.slug.optional().meta({ description: 'Made from the name when missing' }),
  description: fields.description.default(''),
  categoryIds: fields.categoryIds.default([]),
  attributes: fields.attributes.default({}),
  images: fields.images.default([]),
  status: fields.status.default('draft'),
}

/** POST and PUT /products. */
export const productBody = z.strictObject({ ...defaulted, variants: fields.variants }).meta({
  id: 'ProductBody',
  examples: [
    {
      name: 'Blue coat rack',
      status: 'active',
      attributes: { material: 'wood', hooks: 5 },
      variants: [{ sku: '22914', priceCents: 495, currency: 'GBP' }],
    },
  ],
})
export type ProductBody = z.infer<typeof productBody>

/** PATCH /products/{id} by RFC 7396: null removes what is optional, an attribute that is null goes, lists are replaced. */
export const productPatch = z
  .strictObject({
    name: fields.name,
    slug: fields.slug,
    description: fields.description.nullable(),
    categoryIds: fields.categoryIds.nullable(),
    attributes: z.record(fieldName, attributeValue.nullable()).nullable(),
    images: fields.images.nullable(),
    variants: fields.variants,
    status: fields.status,
  })
  .partial()
  .meta({ id: 'ProductPatch', examples: [{ status: 'archived', attributes: { hooks: null } }] })
export type ProductPatch = z.infer<typeof productPatch>

const instant = z.iso.datetime()

export const productView = z
  .strictObject({
    id: objectId,
    ...fields,
    /** The lowest price of its variants, in minor units. */
    priceCents: z.int(),
    version: z.int(),
    createdAt: instant,
    updatedAt: instant,
    deletedAt: instant.nullable(),
  })
  .meta({ id: 'Product' })
export type ProductView = z.infer<typeof productView>

export const productParams = z.strictObject({ id: objectId })
export const slugParams = z.strictObject({ slug })

/** One row of a bulk import; a variant's stock is set once, when its SKU is first imported. */
export const importItem = z
  .strictObject({
    ...defaulted,
    variants: variantList(
      variant.extend({
        initialStock: z.int().min(0).max(1_000_000).optional(),
        lowStockAt: z.int().min(0).max(1_000_000).optional(),
      }),
    ),
  })
  .meta({ id: 'ProductImportItem' })
export type ImportItem = z.infer<typeof importItem>

export const productListQuery = defineClientQuery<RowOf<typeof productCollection>>()({
  filterable: { priceCents: { value: z.int().min(0), operators: ['gte', 'lte'] } },
  sortable: ['createdAt', 'name', 'priceCents'],
  defaultSort: ['-createdAt'],
  // Each order has an index of its own.
  maxSortKeys: 1,
  parameters: {
    status: productStatus.optional().meta({ description: 'For staff; everybody else sees active products', examples: ['active'] }),
    category: objectId.optional().meta({ description: 'In this category or one below it' }),
  },
})
export type ProductListQuery = z.output<typeof productListQuery.schema>

export const productPage = z.strictObject({
  items: z.array(productView),
  next: z.string().optional(),
  previous: z.string().optional(),
})

/** The first SKU of an item that may be wrong otherwise. */
export const skuOfItem = z.looseObject({ variants: z.tuple([z.looseObject({ sku: z.string().max(64) })], z.unknown()) })

/** Items are checked one by one, so that one bad row refuses itself only. */
export const importBody = z.strictObject({
  items: z
    .array(z.unknown())
    .min(1)
    .max(500)
    .meta({
      description: 'ProductBody, with initialStock and lowStockAt per variant where wanted',
      examples: [[{ name: 'Blue coat rack', variants: [{ sku: '22914', priceCents: 495, currency: 'GBP', initialStock: 120 }] }]],
    }),
})

export const importResult = z.strictObject({
  /** Position in the request, from 0. */
  index: z.int(),
  /** The first SKU of the item, when it can be read. */
  sku: z.string().nullable(),
  status: z.enum(['created', 'updated', 'refused']),
  id: objectId.optional(),
  errors: z.array(z.strictObject({ detail: z.string(), pointer: z.string() })).optional(),
})
export type ImportResult = z.infer<typeof importResult>
export const importAnswer = z.strictObject({
  created: z.int(),
  updated: z.int(),
  refused: z.int(),
  items: z.array(importResult),
})
