import {
  MongoRepository,
  type CallOptions,
  type DocumentOf,
  type MongoDatabase,
  type MongoTransaction,
  type RowOf,
} from '@polystore/db-core/mongo'
import { appendEvents } from '@polystore/events/mongo'
import { stockColumns, stockEvents, type Stock, type StockChange } from './stock.ts'
import { stockCollection } from './stock-collection.ts'
import { requireMet, writeUpdates } from './write-commands.ts'

export type StockRow = RowOf<typeof stockCollection>
type StockDocument = DocumentOf<typeof stockCollection>

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

  /** The levels of those SKUs that have any, as the majority of the replica set knows them. */
  async levels(skus: readonly string[]): Promise<Map<string, Stock>> {
    if (skus.length === 0) return new Map()
    const stock = this.database.readingDriver.collection<StockDocument>(stockCollection.name)
    const find = async (options: CallOptions) => stock.find({ _id: { $in: [...skus] } }, options).toArray()
    const documents = await this.database.run(find, { entity: 'stock', reads: true })
    return new Map(documents.map(({ _id, version = 0, ...levels }) => [_id, { ...levels, version }]))
  }

  /**
   * Writes what was decided over levels that were read before, counts up their versions and tells others of it.
   * @throws SerializationError when a level is not as it was read
   */
  async change(changes: readonly StockChange[], tx: MongoTransaction): Promise<void> {
    const met = await writeUpdates(this.database, { collection: 'stock', updates: changes.map(toUpdate) }, tx)
    requireMet(met, changes.length, 'stock')
    await appendEvents(this.database, tx, changes.flatMap(stockEvents))
  }

  /** Moves pieces from reserved to sold, which nobody has to be told of: as much is available as before. @throws Error when less is reserved */
  async sell(pieces: ReadonlyMap<string, number>, tx: MongoTransaction): Promise<void> {
    const updates = [...pieces].map(([sku, quantity]) => ({
      q: { _id: sku, reserved: { $gte: quantity } },
      u: { $inc: { reserved: -quantity, sold: quantity, version: 1 } },
    }))
    const met = await writeUpdates(this.database, { collection: 'stock', updates }, tx)
    if (met !== updates.length) throw new Error('Stock does not cover its holds')
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
  // What is not at its first version yet may have none.
  const version = before.version === 0 ? { $in: [0, null] } : before.version
  return { q: { _id: sku, version, ...seen }, u: { $inc: { ...added, version: 1 }, ...threshold } }
}
