import { decodeCursor, encodeCursor, UnsupportedError, type CursorPage, type CursorValue } from '@polystore/db-core'
import type { MongoDatabase } from '@polystore/db-core/mongo'
import type { HoldStepRepository } from '../holds/hold-step-repository.ts'
import { compareMovements, type Movement, type MovementPlace, type MovementRange, type PlacedMovement } from './movement.ts'
import type { MovementRepository } from './movement-repository.ts'

export interface ListMovementsDependencies {
  readonly database: MongoDatabase
  readonly movements: MovementRepository
  readonly holdSteps: HoldStepRepository
}

export interface ListMovementsInput {
  readonly sku: string
  readonly limit: number
  readonly cursor?: string | undefined
}

/** The ledger of one SKU, newest first: adjustments and the steps of its holds in one list. @throws InvalidCursorError */
export async function listMovements(dependencies: ListMovementsDependencies, input: ListMovementsInput): Promise<CursorPage<Movement>> {
  const { sku, limit, cursor } = input
  const seal = cursorSeal(dependencies.database.cursorSecret, sku)
  const at = cursor === undefined ? undefined : seal.open(cursor)
  const direction = at?.direction === 'previous' ? 'newer' : 'older'
  const found = await readAll(dependencies, { sku, from: at?.place, direction, limit: limit + 1 })
  const read = found.slice(0, limit)
  const rows = direction === 'older' ? read : read.toReversed()
  const isFurther = found.length > limit
  const [first, last] = [rows[0], rows.at(-1)]
  return {
    items: rows.map(({ movement }) => movement),
    ...(last && (direction === 'newer' || isFurther) && { next: seal.close(last, 'next') }),
    ...(first && (direction === 'newer' ? isFurther : at !== undefined) && { previous: seal.close(first, 'previous') }),
  }
}

/** As many of each source as are asked for in all; the first of them together are the first of the ledger. */
async function readAll({ movements, holdSteps }: ListMovementsDependencies, range: MovementRange): Promise<PlacedMovement[]> {
  const sources = await Promise.all([
    movements.range(range),
    holdSteps.range('heldAt', range),
    holdSteps.range('committedAt', range),
    holdSteps.range('releasedAt', range),
  ])
  const sign = range.direction === 'older' ? -1 : 1
  const sorted = sources.flat().toSorted((one, other) => sign * compareMovements(one, other))
  return sorted.slice(0, range.limit)
}

type Direction = 'next' | 'previous'

function cursorSeal(secret: string | undefined, sku: string) {
  if (secret === undefined) throw new UnsupportedError('Cursors need the option cursorSecret of the connection.')
  const binding = `movements ${sku}`
  return {
    open: (text: string) => {
      const { values, direction } = decodeCursor(text, { secret, binding })
      return { place: placeOf(values), direction }
    },
    close: ({ at, rank, key }: MovementPlace, direction: Direction) =>
      encodeCursor({ values: [at, rank, key], direction, binding }, secret),
  }
}

function placeOf([at, rank, key]: readonly CursorValue[]): MovementPlace {
  return { at: at instanceof Date ? at : new Date(0), rank: Number(rank), key: String(key) }
}
