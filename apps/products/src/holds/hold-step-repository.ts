import type { DocumentOf, MongoDatabase } from '@polystore/db-core/mongo'
import { movementRanks, type MovementKind, type MovementRange, type PlacedMovement } from '../stock/movement.ts'
import { readRange } from '../stock/movement-range-repository.ts'
import { holdCollection } from './hold-collection.ts'

type HoldDocument = DocumentOf<typeof holdCollection>
type StepTime = 'heldAt' | 'committedAt' | 'releasedAt'

const reasons = {
  reserve: 'order placed',
  commit: 'order confirmed',
  release: 'order cancelled',
  return: 'confirmed order cancelled',
} as const

const ranks = { heldAt: movementRanks.reserve, committedAt: movementRanks.commit, releasedAt: movementRanks.release } as const

/** The steps of holds as movements of stock. */
export class HoldStepRepository {
  readonly #database: MongoDatabase

  constructor(database: MongoDatabase) {
    this.#database = database
  }

  /** Steps of one kind, of the holds of one SKU. */
  async range(time: StepTime, range: MovementRange): Promise<PlacedMovement[]> {
    const { sku } = range
    const projection = { lines: { $elemMatch: { sku } }, heldAt: 1, committedAt: 1, releasedAt: 1 }
    const source = { definition: holdCollection, rank: ranks[time], time, filter: { 'lines.sku': sku }, projection, idOf: asItIs }
    const documents = await readRange(this.#database, source, range)
    return documents.flatMap((document) => toPlaced(document, time))
  }
}

function asItIs(key: string): string {
  return key
}

function toPlaced(document: HoldDocument, time: StepTime): PlacedMovement[] {
  const { _id: orderId, lines, [time]: at } = document
  const [line] = lines
  if (line === undefined || at === undefined) return []
  const kind = kindOf(document, time)
  const movement = { sku: line.sku, kind, quantity: line.quantity, reason: reasons[kind], orderId, at }
  const named = { ...movement, id: `${orderId}:${kind}`, actor: `order:${orderId}`, availableAfter: null }
  return [{ at, rank: ranks[time], key: orderId, movement: named }]
}

function kindOf({ committedAt }: HoldDocument, time: StepTime): Exclude<MovementKind, 'adjust'> {
  switch (time) {
    case 'heldAt':
      return 'reserve'
    case 'committedAt':
      return 'commit'
    case 'releasedAt':
      return committedAt === undefined ? 'release' : 'return'
  }
}
