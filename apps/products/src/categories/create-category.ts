import { slugOf } from '../products/product.ts'
import { categoryRetries, type CategoryDependencies } from './category-dependencies.ts'
import { pathBelow } from './category-place.ts'
import type { CategoryRow } from './category-repository.ts'
import type { CategoryBody } from './category-schemas.ts'

/** A new category below its parent. @throws Problem invalid-request; ConflictError when the slug is taken */
export async function createCategory({ database, categories }: CategoryDependencies, body: CategoryBody): Promise<CategoryRow> {
  const { name, parentId } = body
  const slug = body.slug ?? slugOf(name)
  return database.transaction(
    async (tx) => {
      const path = await pathBelow(categories, { parentId }, tx)
      return categories.create({ name, slug, parentId, path, uses: 0 }, { tx })
    },
    { retries: categoryRetries },
  )
}
