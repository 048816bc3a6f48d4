import type { Hold, HoldLine, HoldState } from '@polystore/contracts'
import { SerializationError } from '@polystore/db-core'
import { MongoRepository, type MongoDatabase, type MongoTransaction } from '@polystore/db-core/mongo'
import type { SkuSum } from '../stock/movement-repository.ts'
import { holdCollection } from './hold-collection.ts'
import type { HoldDecision } from './hold.ts'

/** Holds by order id. */
export class HoldRepository extends MongoRepository<typeof holdCollection> {
  constructor(database: MongoDatabase) {
    super(database, holdCollection)
  }

  async findHold(orderId: string, tx?: MongoTransaction): Promise<Hold | undefined> {
    const row = await this.find(orderId, { tx })
    return row && toHold(row)
  }

  /** @throws ConflictError, SerializationError when the order has a hold by now */
  async insert(orderId: string, decision: HoldDecision | { readonly state: 'TOMBSTONE' }, tx: MongoTransaction): Promise<Hold> {
    const row = await this.create({ id: orderId, lines: [], reason: null, skus: [], ...decision }, { tx })
    return toHold(row)
  }

  /** Compare-and-set on the state. @throws SerializationError when the hold has another state by now */
  async changeState(orderId: string, change: { from: HoldState; to: HoldState }, tx: MongoTransaction): Promise<void> {
    const { modifiedCount } = await this.database.run(
      (options) =>
        this.database
          .collection(holdCollection)
          .updateOne({ _id: orderId, state: change.from }, { $set: { state: change.to, updatedAt: this.database.now() } }, options),
      { tx, entity: 'holds' },
    )
    if (modifiedCount !== 1) throw new SerializationError('The hold was moved by somebody else', { entity: 'holds' })
  }

  /** Holds after the given order id, in its order. */
  async listHolds(query: { state?: HoldState | undefined; after?: string | undefined; limit: number }): Promise<Hold[]> {
    const rows = await this.list({
      where: {
        and: [
          ...(query.state === undefined ? [] : [{ state: { eq: query.state } }]),
          ...(query.after === undefined ? [] : [{ id: { gt: query.after } }]),
        ],
      },
      orderBy: [{ field: 'id', direction: 'asc' }],
      limit: query.limit,
    })
    return rows.map(toHold)
  }

  /** Pieces in holds of the state, by SKU. */
  async piecesIn(state: HoldState, skus: readonly string[], tx: MongoTransaction): Promise<Map<string, number>> {
    const wanted = { 'lines.sku': { $in: [...skus] } }
    const pipeline = [
      { $match: { state, ...wanted } },
      { $unwind: '$lines' },
      { $match: wanted },
      { $group: { _id: '$lines.sku', sum: { $sum: '$lines.quantity' } } },
    ]
    const sums = await this.database.run(
      (options) => this.database.collection(holdCollection).aggregate<SkuSum>(pipeline, options).toArray(),
      { tx, entity: 'holds' },
    )
    return new Map(sums.map(({ _id, sum }) => [_id, sum]))
  }
}

interface HoldRow {
  readonly id: string
  readonly state: HoldState
  readonly lines: readonly HoldLine[]
  readonly reason: Extract<Hold, { state: 'REJECTED' }>['reason'] | null
  readonly skus: readonly string[]
}

function toHold({ id: orderId, state, lines, reason, skus }: HoldRow): Hold {
  switch (state) {
    case 'HELD':
    case 'COMMITTED':
    case 'RELEASED':
      return { orderId, state, lines: [...lines] }
    case 'REJECTED':
      return { orderId, state, reason: reason ?? 'insufficient-stock', skus: [...skus] }
    case 'TOMBSTONE':
      return { orderId, state }
  }
}
