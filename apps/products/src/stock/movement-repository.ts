import { MongoRepository, type MongoDatabase, type MongoTransaction, type RowOf } from '@polystore/db-core/mongo'
import { ObjectId } from 'mongodb'
import { movementCollection, type MovementKind } from './stock-collection.ts'
import { writeInserts } from './write-commands.ts'

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

  /** Answers the rows in their order. */
  async append(movements: readonly NewMovement[], tx: MongoTransaction): Promise<MovementRow[]> {
    const at = this.database.now()
    const rows = movements.map(({ once, orderId = null, availableAfter = null, ...movement }) => {
      const key = { idempotencyKey: once?.key ?? null, fingerprint: once?.fingerprint ?? null }
      return { _id: new ObjectId(), ...movement, orderId, availableAfter, ...key, at }
    })
    await writeInserts(this.database, { collection: 'stock_movements', documents: rows }, tx)
    return rows.map(({ _id, ...row }) => ({ id: _id.toHexString(), ...row }))
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
