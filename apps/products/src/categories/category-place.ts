import type { MongoTransaction } from '@polystore/db-core/mongo'
import { Problem } from '@polystore/service-kit'
import type { CategoryRepository } from './category-repository.ts'

const maxDepth = 10

/**
 * The ancestors of a category below `parentId`, held in place until the transaction ends, so that no two moves can close a circle.
 * @throws Problem invalid-request when the parent is missing, too deep, or below the category itself
 */
export async function pathBelow(
  categories: CategoryRepository,
  { parentId, id }: { parentId: string | null; id?: string },
  tx: MongoTransaction,
): Promise<string[]> {
  if (parentId === null) return []
  const parent = await categories.find(parentId, { tx })
  if (parent === undefined) throw refused('The parent does not exist.')
  const path = [...parent.path, parent.id]
  if (id !== undefined && path.includes(id)) throw refused('A category cannot stand below itself.')
  if (path.length > maxDepth) throw refused(`The tree is at most ${maxDepth + 1} levels deep.`)
  await categories.use(path, tx)
  return path
}

function refused(detail: string): Problem {
  return new Problem('invalid-request', { detail, errors: [{ detail, pointer: '#/parentId' }] })
}
