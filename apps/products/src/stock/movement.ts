/** Why stock moved: an adjustment by staff, or a step of a hold; `return` is sold stock that came back. */
export const movementKinds = ['adjust', 'reserve', 'commit', 'release', 'return'] as const
export type MovementKind = (typeof movementKinds)[number]

/** A line of the ledger of one SKU. */
export interface Movement {
  readonly id: string
  readonly sku: string
  readonly kind: MovementKind
  /** Signed for `adjust`, positive for the steps of a hold. */
  readonly quantity: number
  readonly reason: string
  readonly orderId: string | null
  readonly actor: string
  readonly at: Date
  /** `available` as this movement left it; only adjustments know it. */
  readonly availableAfter: number | null
}

/**
 * Where a movement stands in the ledger: by its time, then by its rank, so that the steps of a hold in one millisecond stay in
 * their order, then by the key that it has among those of its rank.
 */
export interface MovementPlace {
  readonly at: Date
  readonly rank: number
  readonly key: string
}

export type PlacedMovement = MovementPlace & { readonly movement: Movement }

/** Everything of one rank comes from one source. */
export const movementRanks = { adjust: 0, reserve: 1, commit: 2, release: 3, return: 3 } as const satisfies Record<MovementKind, number>

/** What is asked of each source: the next movements of a SKU beyond a place, at most `limit`. */
export interface MovementRange {
  readonly sku: string
  readonly from: MovementPlace | undefined
  readonly direction: 'older' | 'newer'
  readonly limit: number
}

/** The order of the ledger, the oldest first. */
export function compareMovements(one: MovementPlace, other: MovementPlace): number {
  return one.at.getTime() - other.at.getTime() || one.rank - other.rank || (one.key < other.key ? -1 : 1)
}
