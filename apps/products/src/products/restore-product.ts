import type { ProductDependencies } from './product-dependencies.ts'
import type { ProductRow } from './product-repository.ts'

/**
 * Brings a deleted product back; categories that have gone since are dropped from it.
 * @throws NotFoundError, and ConflictError when its slug or a SKU is in use by now
 */
export async function restoreProduct(
  { database, products, categories }: Pick<ProductDependencies, 'database' | 'products' | 'categories'>,
  id: string,
): Promise<ProductRow> {
  return database.transaction(async (tx) => {
    const row = await products.restore(id, { tx })
    const kept = (await categories.getMany(row.categoryIds, { tx })).map((category) => category.id)
    await categories.use(kept, tx)
    return kept.length === row.categoryIds.length ? row : products.update(id, { categoryIds: kept }, { tx })
  })
}
