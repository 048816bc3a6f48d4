import type { Offer } from '../holds/hold.ts'
import type { ProductBody, ProductPatch, ProductStatus, Variant } from './product-schemas.ts'

/** A product as it is written: everything but what the store manages. */
export interface ProductContent {
  readonly name: string
  readonly slug: string
  readonly description: string
  readonly categoryIds: string[]
  readonly attributes: Record<string, string | number | boolean>
  readonly images: string[]
  readonly variants: Variant[]
  readonly status: ProductStatus
  /** The lowest price of its variants, kept beside them to sort by. */
  readonly priceCents: number
}

/** The content that a body asks for, under the given slug. */
export function toContent(body: ProductBody, slug: string): ProductContent {
  return { ...body, slug, priceCents: lowestPrice(body.variants) }
}

/** Applies an RFC 7396 merge patch; what null removes falls back to empty. */
export function patchContent(current: ProductContent, patch: ProductPatch): ProductBody & { slug: string } {
  return {
    name: patch.name ?? current.name,
    slug: patch.slug ?? current.slug,
    description: replaced(patch.description, current.description, ''),
    categoryIds: replaced(patch.categoryIds, current.categoryIds, []),
    attributes: mergeAttributes(current.attributes, patch.attributes),
    images: replaced(patch.images, current.images, []),
    variants: patch.variants ?? current.variants,
    status: patch.status ?? current.status,
  }
}

/** `Café crème, 2 pièces` → `cafe-creme-2-pieces`. */
export function slugOf(name: string): string {
  const words = name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\p{Mark}/gu, '')
    .replaceAll(/[^a-z0-9]+/gu, '-')
  return words.slice(0, 100).replaceAll(/^-+|-+$/gu, '') || 'product'
}

/** What a product says of its price. */
export interface OfferingProduct {
  readonly name: string
  readonly status: ProductStatus
  readonly variants: readonly Pick<Variant, 'sku' | 'name' | 'priceCents' | 'currency'>[]
}

/** What an active product offers, by SKU; nothing of any other. */
export function offersOf({ name, status, variants }: OfferingProduct): [sku: string, Offer][] {
  if (status !== 'active') return []
  return variants.map((variant) => [
    variant.sku,
    { name: variant.name ?? name, priceCents: variant.priceCents, currency: variant.currency },
  ])
}

function lowestPrice(variants: readonly Variant[]): number {
  return Math.min(...variants.map(({ priceCents }) => priceCents))
}

function replaced<Value>(patch: Value | null | undefined, current: Value, empty: Value): Value {
  if (patch === undefined) return current
  return patch ?? empty
}

function mergeAttributes(current: ProductContent['attributes'], patch: ProductPatch['attributes']): ProductContent['attributes'] {
  if (patch === undefined) return current
  const merged = new Map(Object.entries(current))
  for (const [name, value] of Object.entries(patch ?? {})) {
    if (value === null) merged.delete(name)
    else merged.set(name, value)
  }
  return patch === null ? {} : Object.fromEntries(merged)
}
