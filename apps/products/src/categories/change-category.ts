import { categoryRetries, type CategoryDependencies } from './category-dependencies.ts'
import { pathBelow } from './category-place.ts'
import type { CategoryRow } from './category-repository.ts'
import type { CategoryBody } from './category-schemas.ts'

export interface ChangeCategoryInput {
  readonly id: string
  /** The version that the caller has read. */
  readonly version: number
  readonly body: CategoryBody
}

/** Renames or moves a category with everything below it. @throws NotFoundError, StaleVersionError, Problem invalid-request */
export async function changeCategory(
  { database, categories }: CategoryDependencies,
  { id, version, body }: ChangeCategoryInput,
): Promise<CategoryRow> {
  return database.transaction(
    async (tx) => {
      const current = await categories.get(id, { tx })
      const { name, parentId, slug = current.slug } = body
      const path = await pathBelow(categories, { parentId, id }, tx)
      const changed = await categories.update(id, { name, slug, parentId, path }, { tx, version })
      if (parentId !== current.parentId) await categories.moveDescendants(id, { depth: current.path.length, path }, tx)
      return changed
    },
    { retries: categoryRetries },
  )
}
