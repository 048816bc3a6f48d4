import { ForeignKeyError } from '@polystore/db-core'
import { categoryRetries, type CategoryDependencies } from './category-dependencies.ts'

/** Removes a category that nothing uses. @throws NotFoundError; ForeignKeyError while a category or a live product is in it */
export async function deleteCategory({ database, categories, products }: CategoryDependencies, id: string): Promise<void> {
  await database.transaction(
    async (tx) => {
      await categories.get(id, { tx })
      const hasChildren = await categories.exists({ parentId: { eq: id } }, { tx })
      if (hasChildren) throw new ForeignKeyError('The category has categories below it', { entity: 'categories' })
      const hasProducts = await products.existsInCategory(id, tx)
      if (hasProducts) throw new ForeignKeyError('The category has products', { entity: 'categories' })
      await categories.delete(id, { tx })
    },
    { retries: categoryRetries },
  )
}
