import type { ProductContent } from './product.ts'
import type { ProductRow } from './product-repository.ts'
import type { ProductView } from './product-schemas.ts'

/** The product as clients see it. */
export function toProductView(row: ProductRow): ProductView {
  return {
    id: row.id,
    ...contentOf(row),
    version: row.version,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    deletedAt: row.deletedAt?.toISOString() ?? null,
  }
}

/** What may be written, without what the store manages. */
export function contentOf(row: ProductRow): ProductContent {
  const { name, slug, description, categoryIds, attributes, images, variants, status, priceCents } = row
  return { name, slug, description, categoryIds, attributes, images, variants, status, priceCents }
}
