import { maxHoldsPerCommand } from '@polystore/contracts'
import type { JoinLimits } from '@polystore/db-core'
import type { OrderedLine } from './order.ts'

/** Lines that count as one order more: a group holds as many as products takes at once, of up to 16 lines each, or fewer larger ones. */
const linesPerShare = 16

/**
 * Orders that share a statement or a request: those that come together stay together, because a statement costs more than a row of it.
 * One group is under way at a time: the others gather meanwhile, and placing, reserving and moving overlap all the same.
 */
export function groupLimits({ maxWaitMs }: { readonly maxWaitMs: number }): JoinLimits {
  return { maxSize: maxHoldsPerCommand, smallestShare: maxHoldsPerCommand, maxInFlight: 1, maxWaitMs, wholeTurn: true }
}

/** What an order counts against the limit of a group. */
export function sizeOf(lines: readonly OrderedLine[]): number {
  return Math.max(1, Math.ceil(lines.length / linesPerShare))
}
