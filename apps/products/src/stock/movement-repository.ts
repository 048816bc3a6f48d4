import { MongoRepository, type MongoDatabase, type MongoTransaction, type RowOf } from '@polystore/db-core/mongo'
import { ObjectId } from 'mongodb'
import { movementRanks, type Movement, type MovementRange, type PlacedMovement } from './movement.ts'
import { readRange } from './movement-range-repository.ts'
import { movementCollection } from './stock-collection.ts'
import { writeInserts } from './write-commands.ts'

export type AdjustmentRow = RowOf<typeof movementCollection>

export interface NewAdjustment {
  readonly sku: string
  readonly quantity: number
  readonly reason: string
  readonly actor: string
  readonly availableAfter: number
  /** Done once under this key; the fingerprint tells a retry from another request. */
  readonly once?: { readonly key: string; readonly fingerprint: string } | undefined
}

/** The ledger of what staff added and took away; that of the holds are the holds. */
export class MovementRepository extends MongoRepository<typeof movementCollection> {
  constructor(database: MongoDatabase) {
    super(database, movementCollection)
  }

  async append({ once, ...adjustment }: NewAdjustment, tx: MongoTransaction): Promise<AdjustmentRow> {
    const key = { idempotencyKey: once?.key ?? null, fingerprint: once?.fingerprint ?? null }
    const row = { ...adjustment, ...key, at: this.database.now() }
    const _id = new ObjectId()
    await writeInserts(this.database, { collection: 'stock_movements', documents: [{ _id, ...row }] }, tx)
    return { id: _id.toHexString(), ...row }
  }

  async findByKey(idempotencyKey: string, tx?: MongoTransaction) {
    return this.findOne({ idempotencyKey: { eq: idempotencyKey } }, { tx })
  }

  async range(range: MovementRange): Promise<PlacedMovement[]> {
    const idOf = (key: string) => ObjectId.createFromHexString(key)
    const source = { definition: movementCollection, rank: movementRanks.adjust, time: 'at', filter: { sku: range.sku }, idOf }
    const documents = await readRange(this.database, source, range)
    return documents.map(({ _id, ...row }) => {
      const movement = toMovement({ id: _id.toHexString(), ...row })
      return { at: movement.at, rank: movementRanks.adjust, key: movement.id, movement }
    })
  }

  /** Sum of the adjustments by SKU. */
  async adjusted(skus: readonly string[], tx: MongoTransaction): Promise<Map<string, number>> {
    const pipeline = [{ $match: { sku: { $in: [...skus] } } }, { $group: { _id: '$sku', sum: { $sum: '$quantity' } } }]
    const sums = await this.database.run(
      (options) => this.database.collection(movementCollection).aggregate<SkuSum>(pipeline, options).toArray(),
      { tx, entity: 'stock_movements' },
    )
    return new Map(sums.map(({ _id, sum }) => [_id, sum]))
  }
}

/** A group of an aggregation by SKU. */
interface SkuSum {
  readonly _id: string
  readonly sum: number
}

export function toMovement({ id, sku, quantity, reason, actor, at, availableAfter }: AdjustmentRow): Movement {
  return { id, sku, kind: 'adjust', quantity, reason, orderId: null, actor, at, availableAfter }
}
