import type { CursorPage } from '@polystore/db-core'
import { Problem } from '@polystore/service-kit'
import type { ProductDependencies } from './product-dependencies.ts'
import type { ProductRow } from './product-repository.ts'
import type { ProductListQuery } from './product-schemas.ts'

/** A category stands for everything below it as well. @throws Problem forbidden when a customer asks for hidden products */
export async function listProducts(
  { products, categories }: Pick<ProductDependencies, 'products' | 'categories'>,
  { staff, parameters: { status, category }, ...query }: ProductListQuery & { readonly staff: boolean },
): Promise<CursorPage<ProductRow>> {
  if (!staff && status !== undefined && status !== 'active') throw new Problem('forbidden')
  const categoryIds = category === undefined ? undefined : await categories.withDescendants(category)
  return products.listProducts(query, { categoryIds, status: staff ? status : 'active' })
}
