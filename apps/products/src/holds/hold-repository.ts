import type { Hold, HoldState } from '@polystore/contracts'
import { ConflictError, SerializationError } from '@polystore/db-core'
import {
  MongoRepository,
  type CallOptions,
  type DocumentOf,
  type MongoDatabase,
  type MongoTransaction,
  type RowOf,
} from '@polystore/db-core/mongo'
import { requireMet, writeInserts, writeUpdates } from '../stock/write-commands.ts'
import type { SellableHold } from './decide-sale.ts'
import type { HoldChanges } from './hold-books.ts'
import { holdCollection } from './hold-collection.ts'

type HoldDocument = DocumentOf<typeof holdCollection>

/** Holds by order id. */
export class HoldRepository extends MongoRepository<typeof holdCollection> {
  constructor(database: MongoDatabase) {
    super(database, holdCollection)
  }

  async findHold(orderId: string, tx?: MongoTransaction): Promise<Hold | undefined> {
    const row = await this.find(orderId, { tx })
    return row && toHold(row)
  }

  /** As the majority of the replica set knows them. */
  async byOrder(orderIds: readonly string[]): Promise<Map<string, Hold>> {
    if (orderIds.length === 0) return new Map()
    const holds = this.database.readingDriver.collection<HoldDocument>(holdCollection.name)
    const find = async (options: CallOptions) => holds.find({ _id: { $in: [...orderIds] } }, options).toArray()
    const documents = await this.database.run(find, { entity: 'holds', reads: true })
    return new Map(documents.map((document) => [document._id, toHold(document)]))
  }

  /** As much of holds as their sale goes by. */
  async sellable(orderIds: readonly string[], tx: MongoTransaction): Promise<Map<string, SellableHold>> {
    const holds = this.database.collection(holdCollection)
    const projection = { state: 1, 'lines.sku': 1, 'lines.quantity': 1 }
    const find = async (options: CallOptions) => holds.find({ _id: { $in: [...orderIds] } }, { ...options, projection }).toArray()
    const documents = await this.database.run(find, { tx, entity: 'holds' })
    return new Map(documents.map(({ _id, state, lines }) => [_id, { state, lines }]))
  }

  /** Notes the sale of holds that were seen in the same transaction. */
  async markSold(orderIds: readonly string[], tx: MongoTransaction): Promise<void> {
    if (orderIds.length === 0) return
    const u = { $set: { state: 'COMMITTED', committedAt: this.database.now() } }
    const updates = [{ q: { _id: { $in: [...orderIds] } }, u, multi: true }]
    requireMet(await writeUpdates(this.database, { collection: 'holds', updates }, tx), orderIds.length, 'holds')
  }

  /** Inserts new holds and moves others from the state that they were seen in. @throws SerializationError when they are not as they were seen */
  async store({ created, changed }: Pick<HoldChanges, 'created' | 'changed'>, tx: MongoTransaction): Promise<void> {
    const now = this.database.now()
    const documents = created.map((hold) => toDocument(hold, now))
    await writeInserts(this.database, { collection: 'holds', documents }, tx).catch(asConflict)
    const updates = [...Map.groupBy(changed, ({ hold, from }) => `${from} ${hold.state}`).values()].flatMap((alike) => toUpdate(alike, now))
    requireMet(await writeUpdates(this.database, { collection: 'holds', updates }, tx), changed.length, 'holds')
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
      return { orderId, state, reason: reason ?? 'insufficient-stock', skus: [...(skus ?? [])] }
    case 'TOMBSTONE':
      return { orderId, state }
  }
}

/** When the step was made that leads to a state. */
const stepTimes = {
  HELD: 'heldAt',
  COMMITTED: 'committedAt',
  RELEASED: 'releasedAt',
  REJECTED: 'refusedAt',
  TOMBSTONE: 'releasedAt',
} as const

/** What was taken and given back in the same turn has made both steps. */
function toDocument({ orderId, ...hold }: Hold, now: Date) {
  return { _id: orderId, lines: [], ...hold, ...('lines' in hold && { heldAt: now }), [stepTimes[hold.state]]: now }
}

/** One update for all holds that make the same step. */
function toUpdate(alike: HoldChanges['changed'], now: Date) {
  const [first] = alike
  if (first === undefined) return []
  const orderIds = alike.map(({ hold }) => hold.orderId)
  const { state } = first.hold
  const u = { $set: { state, [stepTimes[state]]: now } }
  return [{ q: { _id: { $in: orderIds }, state: first.from }, u, multi: true }]
}

/** The hold was not there when it was looked for. */
function asConflict(error: unknown): never {
  throw error instanceof ConflictError ? new SerializationError('The hold was made by somebody else', { cause: error }) : error
}
