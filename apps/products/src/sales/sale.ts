import type { CloudEvent } from '@polystore/contracts'

export type SaleEvent = CloudEvent<'order.confirmed' | 'order.cancelled'>

/** What one or many events add to the sales of a SKU. */
export interface SaleChange {
  readonly id: string
  readonly pieces: number
  readonly orders: number
}

/** The sums of the events by SKU, in the order of the SKUs; what adds nothing is left out. */
export function saleChanges(events: readonly SaleEvent[]): SaleChange[] {
  const sums = new Map<string, SaleChange>()
  for (const event of events) {
    const sign = event.type === 'order.confirmed' ? 1 : -1
    for (const [sku, quantity] of piecesOf(event)) {
      const { pieces, orders } = sums.get(sku) ?? { pieces: 0, orders: 0 }
      sums.set(sku, { id: sku, pieces: pieces + sign * quantity, orders: orders + sign })
    }
  }
  return [...sums.values()]
    .filter(({ pieces, orders }) => pieces !== 0 || orders !== 0)
    .toSorted((one, other) => (one.id < other.id ? -1 : 1))
}

/** An order counts once for a SKU, however many of its lines name it. */
function piecesOf(event: SaleEvent): Map<string, number> {
  const pieces = new Map<string, number>()
  const lines = event.type === 'order.confirmed' ? event.data.lines : event.data.returned
  for (const { sku, quantity } of lines) pieces.set(sku, (pieces.get(sku) ?? 0) + quantity)
  return pieces
}
