export const orderStatuses = ['PENDING', 'RESERVED', 'CONFIRMED', 'REJECTED', 'CANCELLING', 'CANCELLED', 'SHIPPED', 'DELIVERED'] as const
export type OrderStatus = (typeof orderStatuses)[number]

/** In which somebody still has to do something for the order. */
export const openStatuses = ['PENDING', 'RESERVED', 'CANCELLING'] as const satisfies readonly OrderStatus[]

/**
 * The moves an order may make; everything else is refused. A payment step would stand between RESERVED and CONFIRMED.
 * A confirmed order that has not been shipped is cancelled through CANCELLING too, and its stock returns.
 */
const moves: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
  PENDING: ['RESERVED', 'REJECTED', 'CANCELLING'],
  RESERVED: ['CONFIRMED', 'CANCELLING'],
  CONFIRMED: ['SHIPPED', 'CANCELLING'],
  REJECTED: [],
  CANCELLING: ['CANCELLED'],
  CANCELLED: [],
  SHIPPED: ['DELIVERED'],
  DELIVERED: [],
}

export function isOpen(status: OrderStatus): boolean {
  return openStatuses.some((open) => open === status)
}

export function canMove(from: OrderStatus, to: OrderStatus): boolean {
  return moves[from].includes(to)
}

export interface OrderedLine {
  readonly sku: string
  readonly quantity: number
}

/** An order whose stock is still to be taken. */
export interface OpenOrder {
  readonly id: string
  readonly userId: string
  readonly status: OrderStatus
  readonly version: number
  readonly createdAt: string
  readonly lines: readonly OrderedLine[]
}

/** One line per SKU, in the order of first appearance; two lines of one SKU are one demand on its stock. */
export function mergeLines(lines: readonly OrderedLine[]): OrderedLine[] {
  const quantities = new Map<string, number>()
  for (const { sku, quantity } of lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity)
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity }))
}

/** The total in minor units of the order's one currency. */
export function totalCents(lines: readonly { readonly quantity: number; readonly unitPriceCents: number }[]): number {
  return lines.reduce((sum, line) => sum + line.quantity * line.unitPriceCents, 0)
}
