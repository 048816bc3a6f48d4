import { ConflictError } from '@polystore/db-core'
import { createCategory } from '../categories/create-category.ts'
import type { Dependencies } from '../dependencies.ts'
import { importProducts } from '../products/import-products.ts'
import type { ImportResult } from '../products/product-schemas.ts'
import { seedCategories, seedProducts } from './seed-products.ts'

/** A small catalogue with stock; running it again changes nothing that is in stock. */
export async function seedCatalogue(dependencies: Dependencies): Promise<ImportResult[]> {
  const idBySlug = new Map<string, string>()
  for (const category of seedCategories) idBySlug.set(category.slug, await ensureCategory(dependencies, category))
  const items = seedProducts.map(({ category, initialStock, ...product }) => ({
    ...product,
    status: 'active',
    categoryIds: [idBySlug.get(category)],
    variants: product.variants.map((variant) => ({ currency: 'GBP', lowStockAt: 10, initialStock, ...variant })),
  }))
  return importProducts(dependencies, { items, actor: 'seed' })
}

async function ensureCategory(dependencies: Dependencies, { name, slug }: { name: string; slug: string }): Promise<string> {
  const existing = await dependencies.categories.findOne({ slug: { eq: slug } })
  if (existing !== undefined) return existing.id
  try {
    return (await createCategory(dependencies, { name, slug, parentId: null })).id
  } catch (error) {
    // Another seed run was faster.
    if (!(error instanceof ConflictError)) throw error
    return (await dependencies.categories.getOne({ slug: { eq: slug } })).id
  }
}
