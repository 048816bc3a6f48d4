import type { JoinLimits } from '@polystore/db-core'
import type { OrderedLine } from './order.ts'

const maxOrders = 64
/** Lines that count as one order more: a group holds 64 orders of up to 16 lines each, or fewer larger ones. */
const linesPerShare = 16

/**
 * Orders that share a statement: those that come together stay together, because a statement costs more than a row of it. Two groups
 * may be under way, so that the answers of one are given out while the next is written.
 */
export function groupLimits({ maxWaitMs }: { readonly maxWaitMs: number }): JoinLimits {
  return { maxSize: maxOrders, smallestShare: maxOrders, maxInFlight: 2, maxWaitMs }
}

/** What an order counts against the limit of a group. */
export function sizeOf(lines: readonly OrderedLine[]): number {
  return Math.max(1, Math.ceil(lines.length / linesPerShare))
}
