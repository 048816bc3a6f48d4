import { MongoRepository, type MongoDatabase, type MongoTransaction, type RowOf } from '@polystore/db-core/mongo'
import { saleCollection } from './sale-collection.ts'

export type SaleRow = RowOf<typeof saleCollection>

/** What was sold by SKU. */
export class SaleRepository extends MongoRepository<typeof saleCollection> {
  constructor(database: MongoDatabase) {
    super(database, saleCollection)
  }

  /** Adds to what was sold, each SKU once; negative numbers take away. */
  async add(changes: readonly SaleRow[], tx: MongoTransaction): Promise<void> {
    const operations = changes.map(({ id, pieces, orders }) => ({
      updateOne: { filter: { _id: id }, update: { $inc: { pieces, orders } }, upsert: true },
    }))
    await this.database.run((options) => this.database.collection(saleCollection).bulkWrite(operations, options), { tx, entity: 'sales' })
  }

  /** The SKUs of which most pieces were sold, those of equal numbers by name. */
  async best(limit: number): Promise<SaleRow[]> {
    return this.list({
      where: { pieces: { gt: 0 } },
      orderBy: [
        { field: 'pieces', direction: 'desc' },
        { field: 'id', direction: 'asc' },
      ],
      limit,
    })
  }
}
