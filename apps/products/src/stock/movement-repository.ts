import { MongoRepository, type MongoDatabase, type MongoTransaction, type RowOf } from '@polystore/db-core/mongo'
import { movementCollection, type MovementKind } from './stock-collection.ts'

export type MovementRow = RowOf<typeof movementCollection>

export interface NewMovement {
  readonly sku: string
  readonly kind: MovementKind
  readonly quantity: number
  readonly reason: string
  readonly actor: string
  readonly orderId?: string
  readonly availableAfter?: number
  /** Done once under this key; the fingerprint tells a retry from another request. */
  readonly once?: { readonly key: string; readonly fingerprint: string }
}

/** The ledger of stock. */
export class MovementRepository extends MongoRepository<typeof movementCollection> {
  constructor(database: MongoDatabase) {
    super(database, movementCollection)
  }

  async append(movements: readonly NewMovement[], tx: MongoTransaction) {
    const at = new Date()
    return this.createMany(
      movements.map(({ once, orderId, availableAfter, ...movement }) => ({
        ...movement,
        orderId: orderId ?? null,
        availableAfter: availableAfter ?? null,
        idempotencyKey: once?.key ?? null,
        fingerprint: once?.fingerprint ?? null,
        at,
      })),
      { tx },
    )
  }

  async findByKey(idempotencyKey: string, tx?: MongoTransaction) {
    return this.findOne({ idempotencyKey: { eq: idempotencyKey } }, { tx })
  }

  /** Sum of the adjustments by SKU. */
  async adjusted(skus: readonly string[], tx: MongoTransaction): Promise<Map<string, number>> {
    const pipeline = [{ $match: { kind: 'adjust', sku: { $in: [...skus] } } }, { $group: { _id: '$sku', sum: { $sum: '$quantity' } } }]
    const sums = await this.database.run(
      (options) => this.database.collection(movementCollection).aggregate<SkuSum>(pipeline, options).toArray(),
      { tx, entity: 'stock_movements' },
    )
    return new Map(sums.map(({ _id, sum }) => [_id, sum]))
  }
}

/** A group of an aggregation by SKU. */
export interface SkuSum {
  readonly _id: string
  readonly sum: number
}
