import { MongoRepository, type MongoDatabase, type MongoTransaction, type RowOf } from '@polystore/db-core/mongo'
import { appendEvents } from '@polystore/events/mongo'
import { stockColumns, stockEvents, type Stock, type StockChange } from './stock.ts'
import { stockCollection } from './stock-collection.ts'
import { writeUpdates } from './write-commands.ts'

export type StockRow = RowOf<typeof stockCollection>
/** Stock by SKU. */
export class StockRepository extends MongoRepository<typeof stockCollection> {
  constructor(database: MongoDatabase) {
    super(database, stockCollection)
  }

  /** @throws NotFoundError */
  async levelOf(sku: string, tx: MongoTransaction): Promise<Stock> {
    const { id: _sku, version = 0, ...stock } = await this.get(sku, { tx })
    return { ...stock, version }
  }

  /**
   * Writes what was decided over levels that were read in the same transaction, counts up their versions and tells others of it.
   * @throws SerializationError when a level is not as it was read
   */
  async change(changes: readonly StockChange[], tx: MongoTransaction): Promise<void> {
    const updates = changes.map(toUpdate)
    await writeUpdates(this.database, { collection: 'stock', updates, documents: updates.length }, tx)
    await appendEvents(this.database, tx, changes.flatMap(stockEvents))
  }

  /** Gives every SKU that has no stock yet an empty one. */
  async ensure(skus: readonly string[], tx: MongoTransaction): Promise<void> {
    const empty = { available: 0, reserved: 0, sold: 0, lowStockAt: null, version: 0 }
    const operations = skus.map((sku) => ({
      updateOne: { filter: { _id: sku }, update: { $setOnInsert: empty }, upsert: true },
    }))
    await this.database.run((options) => this.database.collection(stockCollection).bulkWrite(operations, options), {
      tx,
      entity: 'stock',
    })
  }

  /** SKUs after the given one, in their order. */
  async after(sku: string | undefined, limit: number, tx: MongoTransaction): Promise<StockRow[]> {
    return this.list(
      { ...(sku === undefined ? {} : { where: { id: { gt: sku } } }), orderBy: [{ field: 'id', direction: 'asc' }], limit },
      { tx },
    )
  }
}

/** Meets the document as it was read, and touches what was changed. */
function toUpdate({ sku, before, after }: StockChange) {
  const moved = stockColumns.filter((column) => after[column] !== before[column])
  const added = Object.fromEntries(moved.map((column) => [column, after[column] - before[column]]))
  const seen = Object.fromEntries(moved.map((column) => [column, before[column]]))
  const threshold = after.lowStockAt === before.lowStockAt ? {} : { $set: { lowStockAt: after.lowStockAt } }
  return { q: { _id: sku, ...seen }, u: { $inc: { ...added, version: 1 }, ...threshold } }
}
