import { MongoRepository, type MongoDatabase, type MongoTransaction, type RowOf } from '@polystore/db-core/mongo'
import { stockCollection } from './stock-collection.ts'

export type StockRow = RowOf<typeof stockCollection>
export type StockColumn = 'available' | 'reserved' | 'sold'

/** Pieces of one SKU that go from one column to another. */
export interface StockMove {
  readonly sku: string
  readonly quantity: number
  readonly from: StockColumn
  readonly to: StockColumn
}

/** Stock and what is held of it no longer agree; only the reconciler and a person can tell which is wrong. */
export class StockDriftError extends Error {
  override readonly name = 'StockDriftError'
}

/** Stock by SKU. */
export class StockRepository extends MongoRepository<typeof stockCollection> {
  constructor(database: MongoDatabase) {
    super(database, stockCollection)
  }

  /** All moves or an error that aborts the transaction; no column goes below zero. @throws StockDriftError */
  async move(moves: readonly StockMove[], tx: MongoTransaction): Promise<void> {
    const operations = moves.map(({ sku, quantity, from, to }) => ({
      updateOne: {
        filter: { _id: sku, [from]: { $gte: quantity } },
        update: { $inc: { [from]: -quantity, [to]: quantity } },
      },
    }))
    const { matchedCount } = await this.database.run(
      (options) => this.database.collection(stockCollection).bulkWrite(operations, options),
      { tx, entity: 'stock' },
    )
    if (matchedCount !== moves.length) throw new StockDriftError('Stock does not cover what is to be moved')
  }

  /** Changes `available` unless it would go below zero; false when it would. */
  async adjust(sku: string, quantity: number, tx: MongoTransaction): Promise<boolean> {
    const { matchedCount } = await this.database.run(
      (options) =>
        this.database
          .collection(stockCollection)
          .updateOne({ _id: sku, available: { $gte: -quantity } }, { $inc: { available: quantity } }, options),
      { tx, entity: 'stock' },
    )
    return matchedCount === 1
  }

  /** Gives every SKU that has no stock yet an empty one. */
  async ensure(skus: readonly string[], tx: MongoTransaction): Promise<void> {
    const empty = { available: 0, reserved: 0, sold: 0, lowStockAt: null }
    const operations = skus.map((sku) => ({
      updateOne: { filter: { _id: sku }, update: { $setOnInsert: empty }, upsert: true },
    }))
    await this.database.run((options) => this.database.collection(stockCollection).bulkWrite(operations, options), {
      tx,
      entity: 'stock',
    })
  }

  /** Overwrites what is there: for repairs alone. */
  async setLevels(sku: string, levels: Readonly<Record<StockColumn, number>>, tx: MongoTransaction): Promise<void> {
    await this.database.run((options) => this.database.collection(stockCollection).updateOne({ _id: sku }, { $set: levels }, options), {
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
