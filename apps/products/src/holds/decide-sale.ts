import type { HoldState } from '@polystore/contracts'
import type { Demand } from './hold.ts'

export interface SellableHold {
  readonly state: HoldState
  readonly lines: readonly Demand[]
}

/** What is sold by the confirmation of orders. */
export interface Sale {
  readonly orderIds: readonly string[]
  /** By SKU, in their order, so that every writer meets the SKUs in the same one. */
  readonly pieces: ReadonlyMap<string, number>
}

/**
 * The holds that confirmed orders still have. What was sold or given back before is left as it is: the confirmation came twice, or
 * the order was cancelled meanwhile. @throws Error for an order that never held anything
 */
export function decideSale(orderIds: readonly string[], holds: ReadonlyMap<string, SellableHold>): Sale {
  const sold: string[] = []
  const pieces = new Map<string, number>()
  for (const orderId of new Set(orderIds)) {
    const hold = holds.get(orderId)
    if (hold === undefined || hold.state === 'REJECTED' || hold.state === 'TOMBSTONE') throw new Error('A confirmed order has no hold')
    if (hold.state === 'HELD') {
      sold.push(orderId)
      for (const { sku, quantity } of hold.lines) pieces.set(sku, (pieces.get(sku) ?? 0) + quantity)
    }
  }
  return { orderIds: sold, pieces: new Map([...pieces].toSorted(([one], [other]) => (one < other ? -1 : 1))) }
}
