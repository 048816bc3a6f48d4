import { ForeignKeyError } from '@polystore/db-core'
import { MongoRepository, type MongoDatabase, type MongoTransaction, type RowOf } from '@polystore/db-core/mongo'
import { ObjectId } from 'mongodb'
import { categoryCollection } from './category-collection.ts'

export type CategoryRow = RowOf<typeof categoryCollection>

/** A tree is small enough to be walked in one query. */
const maxBelow = 1_000

/** The tree of categories. */
export class CategoryRepository extends MongoRepository<typeof categoryCollection> {
  constructor(database: MongoDatabase) {
    super(database, categoryCollection)
  }

  /**
   * Holds the categories in place until the transaction ends: a concurrent move or delete of one of them conflicts.
   * @throws ForeignKeyError when one does not exist
   */
  async use(ids: readonly string[], tx: MongoTransaction): Promise<void> {
    if (ids.length === 0) return
    const _id = { $in: ids.map((id) => ObjectId.createFromHexString(id)) }
    const { matchedCount } = await this.database.run(
      (options) => this.database.collection(categoryCollection).updateMany({ _id }, { $inc: { uses: 1 } }, options),
      { tx, entity: 'categories' },
    )
    if (matchedCount === new Set(ids).size) return
    throw new ForeignKeyError('A category does not exist', { entity: 'categories', fields: ['categoryIds'] })
  }

  /** The category and everything below it. */
  async withDescendants(id: string): Promise<string[]> {
    const below = await this.database.run(
      (options) =>
        this.database
          .collection(categoryCollection)
          .find({ path: id }, { ...options, projection: { _id: 1 }, limit: maxBelow })
          .toArray(),
      { entity: 'categories' },
    )
    return [id, ...below.map(({ _id }) => _id.toHexString())]
  }

  /** Gives everything below the category its new ancestors, after it moved from `depth` ancestors to `path`. */
  async moveDescendants(id: string, { depth, path }: { depth: number; path: readonly string[] }, tx: MongoTransaction): Promise<void> {
    const moved = { $concatArrays: [{ $literal: path }, { $slice: ['$path', depth, 100] }] }
    await this.database.run(
      (options) =>
        this.database
          .collection(categoryCollection)
          .updateMany({ path: id }, [{ $set: { path: moved, version: { $add: ['$version', 1] }, updatedAt: '$$NOW' } }], options),
      { tx, entity: 'categories' },
    )
  }
}
