import type { Hold, HoldState } from '@polystore/contracts'
import { MongoRepository, type MongoDatabase, type MongoTransaction, type RowOf } from '@polystore/db-core/mongo'
import { writeInserts, writeUpdates } from '../stock/write-commands.ts'
import type { HoldChanges } from './hold-books.ts'
import { holdCollection } from './hold-collection.ts'

/** Holds by order id. */
export class HoldRepository extends MongoRepository<typeof holdCollection> {
  constructor(database: MongoDatabase) {
    super(database, holdCollection)
  }

  async findHold(orderId: string, tx?: MongoTransaction): Promise<Hold | undefined> {
    const row = await this.find(orderId, { tx })
    return row && toHold(row)
  }

  /** Inserts new holds and moves others from the state that they were seen in. @throws SerializationError when they are not as they were seen */
  async store({ created, changed }: Pick<HoldChanges, 'created' | 'changed'>, tx: MongoTransaction): Promise<void> {
    const now = this.database.now()
    await writeInserts(this.database, { collection: 'holds', documents: created.map((hold) => toDocument(hold, now)) }, tx)
    const updates = [...Map.groupBy(changed, ({ hold, from }) => `${from} ${hold.state}`).values()].flatMap((alike) => toUpdate(alike, now))
    await writeUpdates(this.database, { collection: 'holds', updates, documents: changed.length }, tx)
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

  /** Pieces in holds that still have them, by SKU. */
  async piecesOf(skus: readonly string[], tx: MongoTransaction): Promise<Map<string, HeldPieces>> {
    const wanted = { 'lines.sku': { $in: [...skus] } }
    const in_ = (state: HoldState) => ({ $sum: { $cond: [{ $eq: ['$state', state] }, '$lines.quantity', 0] } })
    const pipeline = [
      { $match: { ...wanted, state: { $in: ['HELD', 'COMMITTED'] } } },
      { $unwind: '$lines' },
      { $match: wanted },
      { $group: { _id: '$lines.sku', held: in_('HELD'), committed: in_('COMMITTED') } },
    ]
    const sums = await this.database.run(
      (options) => this.database.collection(holdCollection).aggregate<HeldPieces & { _id: string }>(pipeline, options).toArray(),
      { tx, entity: 'holds' },
    )
    return new Map(sums.map(({ _id, held, committed }) => [_id, { held, committed }]))
  }
}

export interface HeldPieces {
  readonly held: number
  readonly committed: number
}

/** A row of the repository or a document of the collection. */
type StoredHold = Omit<RowOf<typeof holdCollection>, 'id'> & ({ readonly id: string } | { readonly _id: string })

export function toHold(stored: StoredHold): Hold {
  const { state, lines, reason, skus } = stored
  const orderId = 'id' in stored ? stored.id : stored._id
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

function toDocument({ orderId, ...hold }: Hold, now: Date) {
  const stamps = { createdAt: now, updatedAt: now }
  return { _id: orderId, lines: [], reason: null, skus: [], ...hold, ...stamps }
}

/** One update for all holds that make the same step. */
function toUpdate(alike: HoldChanges['changed'], now: Date) {
  const [first] = alike
  if (first === undefined) return []
  const orderIds = alike.map(({ hold }) => hold.orderId)
  const u = { $set: { state: first.hold.state, updatedAt: now } }
  return [{ q: { _id: { $in: orderIds }, state: first.from }, u, multi: true }]
}
