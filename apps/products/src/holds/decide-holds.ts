import type { Hold, HoldOutcome } from '@polystore/contracts'
import { decideReserve, mergeLines, type HoldCommand, type Offer } from './hold.ts'
import { HoldBooks, type HoldChanges, type HoldStep, type SeenHolds } from './hold-books.ts'

export interface SeenOffers extends SeenHolds {
  readonly offers: ReadonlyMap<string, Offer>
}

export interface Decisions extends HoldChanges {
  /** One for each command, in their order. */
  readonly outcomes: readonly HoldOutcome[]
}

type Held = Extract<Hold, { lines: unknown }>

/**
 * Decides each command by itself, in their order and each after the ones before it: the answers are those that they would have
 * got one by one. Nothing is read or written.
 */
export function decideHolds(commands: readonly HoldCommand[], seen: SeenOffers): Decisions {
  const books = new HoldBooks(seen)
  const outcomes = commands.map((command) => decide(command, books, seen.offers))
  return { outcomes, ...books.changes() }
}

function decide(command: HoldCommand, books: HoldBooks, offers: ReadonlyMap<string, Offer>): HoldOutcome {
  switch (command.kind) {
    case 'reserve':
      return reserve(command, books, offers)
    case 'release':
      return release(command.orderId, books)
  }
}

function reserve(
  { orderId, lines }: Extract<HoldCommand, { kind: 'reserve' }>,
  books: HoldBooks,
  offers: ReadonlyMap<string, Offer>,
): HoldOutcome {
  const stored = books.holdOf(orderId)
  if (stored !== undefined) return { hold: stored }
  const hold = decideReserve({ orderId, lines: mergeLines(lines) }, offers, (sku) => books.availableOf(sku))
  return 'lines' in hold ? move(books, hold, 'reserve') : keep(books, hold)
}

function release(orderId: string, books: HoldBooks): HoldOutcome {
  const stored = books.holdOf(orderId)
  switch (stored?.state) {
    case undefined:
      return keep(books, { orderId, state: 'TOMBSTONE' })
    case 'RELEASED':
    case 'REJECTED':
    case 'TOMBSTONE':
      return { hold: stored }
    case 'HELD':
      return move(books, { ...stored, state: 'RELEASED' }, 'release')
    case 'COMMITTED':
      return move(books, { ...stored, state: 'RELEASED' }, 'return')
  }
}

/** Stock that does not cover what its holds say is wrong by itself: that order waits for a repair, and no other. */
function move(books: HoldBooks, hold: Held, kind: HoldStep): HoldOutcome {
  return books.move(hold, kind) ? keep(books, hold) : { orderId: hold.orderId, refused: 'unavailable' }
}

function keep(books: HoldBooks, hold: Hold): HoldOutcome {
  books.put(hold)
  return { hold }
}
