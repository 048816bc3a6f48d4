import type { Hold, HoldLine, HoldState } from '@polystore/contracts'
import type { Stock, StockChange, StockColumn } from '../stock/stock.ts'

/** What was read before a batch is decided; what is missing does not exist. */
export interface SeenHolds {
  readonly holds: ReadonlyMap<string, Hold>
  readonly stock: ReadonlyMap<string, Stock>
}

/** What a batch writes. */
export interface HoldChanges {
  readonly created: readonly Hold[]
  readonly changed: readonly { readonly hold: Hold; readonly from: HoldState }[]
  /** One for each SKU, whatever the number of orders that moved it. */
  readonly stock: readonly StockChange[]
  /** SKUs that do not cover what their holds say. */
  readonly drifted: readonly string[]
}

/** `return` is sold stock that comes back. */
export type HoldStep = keyof typeof steps

const steps = {
  reserve: ['available', 'reserved'],
  release: ['reserved', 'available'],
  return: ['sold', 'available'],
} as const satisfies Record<string, readonly [from: StockColumn, to: StockColumn]>

/** Holds and stock while a batch is decided: a later command sees what an earlier one did. */
export class HoldBooks {
  readonly #seen: SeenHolds
  readonly #holds = new Map<string, Hold>()
  readonly #stock = new Map<string, Stock>()
  readonly #drifted = new Set<string>()

  constructor(seen: SeenHolds) {
    this.#seen = seen
  }

  holdOf(orderId: string): Hold | undefined {
    return this.#holds.get(orderId) ?? this.#seen.holds.get(orderId)
  }

  put(hold: Hold): void {
    this.#holds.set(hold.orderId, hold)
  }

  availableOf(sku: string): number {
    return this.#stockOf(sku)?.available ?? 0
  }

  /** Moves the stock of all lines, or of none when one is not covered. */
  move({ lines }: { readonly lines: readonly HoldLine[] }, kind: HoldStep): boolean {
    const [from, to] = steps[kind]
    const uncovered = lines.filter(({ sku, quantity }) => (this.#stockOf(sku)?.[from] ?? 0) < quantity)
    for (const { sku } of uncovered) this.#drifted.add(sku)
    if (uncovered.length > 0) return false
    for (const { sku, quantity } of lines) {
      const stock = this.#stockOf(sku)
      if (stock) this.#stock.set(sku, { ...stock, [from]: stock[from] - quantity, [to]: stock[to] + quantity })
    }
    return true
  }

  changes(): HoldChanges {
    return { ...this.#holdChanges(), stock: this.#stockChanges(), drifted: [...this.#drifted] }
  }

  #stockOf(sku: string): Stock | undefined {
    return this.#stock.get(sku) ?? this.#seen.stock.get(sku)
  }

  #holdChanges(): Pick<HoldChanges, 'created' | 'changed'> {
    const created: Hold[] = []
    const changed: HoldChanges['changed'][number][] = []
    for (const hold of this.#holds.values()) {
      const before = this.#seen.holds.get(hold.orderId)
      if (before === undefined) created.push(hold)
      else changed.push({ hold, from: before.state })
    }
    return { created, changed }
  }

  /** Sorted, so that every writer meets the SKUs in the same order. */
  #stockChanges(): StockChange[] {
    const skus = [...this.#stock.keys()].toSorted()
    return skus.flatMap((sku) => {
      const [before, after] = [this.#seen.stock.get(sku), this.#stock.get(sku)]
      return before === undefined || after === undefined ? [] : [{ sku, before, after }]
    })
  }
}
