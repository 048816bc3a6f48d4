import type { Hold, HoldOutcome } from '@polystore/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideHolds, type Decisions, type SeenOffers } from '../src/holds/decide-holds.ts'
import { decideSale } from '../src/holds/decide-sale.ts'
import type { Demand, HoldCommand } from '../src/holds/hold.ts'
import type { Stock } from '../src/stock/stock.ts'

const orderIds = ['o1', 'o2', 'o3', 'o4', 'o5', 'o6']
/** D is in another currency, E is not for sale. */
const skus = ['A', 'B', 'C', 'D', 'E']
const offers = new Map(['A', 'B', 'C', 'D'].map((sku) => [sku, { name: sku, priceCents: 100, currency: sku === 'D' ? 'EUR' : 'GBP' }]))

const line = fc.record({ sku: fc.constantFrom(...skus), quantity: fc.integer({ min: 1, max: 4 }) })
const orderId = fc.constantFrom(...orderIds)
/** Between two turns the confirmation of orders may sell what they hold. */
type Wanted = HoldCommand | { readonly kind: 'sell'; readonly orderId: string }
const command: fc.Arbitrary<HoldCommand> = fc.oneof(
  fc.record({ kind: fc.constant('reserve' as const), orderId, lines: fc.array(line, { minLength: 1, maxLength: 4 }) }),
  fc.record({ kind: fc.constant('release' as const), orderId }),
)
const levels = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: skus.length, maxLength: skus.length })
const batch = fc.record({ commands: fc.array(command, { minLength: 1, maxLength: 12 }), confirmed: fc.array(orderId, { maxLength: 4 }) })
const batches = fc.array(batch, { maxLength: 8 })

function start(initial: readonly number[]): SeenOffers {
  const stock = skus.map((sku, index): [string, Stock] => {
    return [sku, { available: initial[index] ?? 0, reserved: 0, sold: 0, lowStockAt: null, version: 0 }]
  })
  return { holds: new Map(), stock: new Map(stock), offers }
}

/** What the database makes of the writes; it refuses what was not decided over what is there. */
function write(seen: SeenOffers, { created, changed, stock }: Decisions): SeenOffers {
  const holds = new Map(seen.holds)
  for (const hold of created) {
    expect(holds.has(hold.orderId)).toBe(false)
    holds.set(hold.orderId, hold)
  }
  for (const { hold, from } of changed) {
    expect(holds.get(hold.orderId)?.state).toBe(from)
    holds.set(hold.orderId, hold)
  }
  const levelsAfter = new Map(seen.stock)
  for (const { sku, before, after } of stock) {
    expect(levelsAfter.get(sku)).toEqual(before)
    levelsAfter.set(sku, { ...after, version: before.version + 1 })
  }
  expect(new Set(stock.map(({ sku }) => sku)).size).toBe(stock.length)
  return { holds, stock: levelsAfter, offers: seen.offers }
}

/** What the consumer of confirmed orders writes; which of them holds something is for orders to know. */
function sell(seen: SeenOffers, orderIds: readonly string[]): SeenOffers {
  const [holds, stock] = [new Map(seen.holds), new Map(seen.stock)]
  const sellable = new Map([...seen.holds].flatMap(([id, hold]) => ('lines' in hold ? [[id, hold] as const] : [])))
  const sale = decideSale(
    orderIds.filter((id) => sellable.has(id)),
    sellable,
  )
  for (const id of sale.orderIds) {
    const hold = sellable.get(id)
    if (hold) holds.set(id, { ...hold, state: 'COMMITTED' })
  }
  for (const [sku, quantity] of sale.pieces) {
    const level = stock.get(sku)
    if (level) stock.set(sku, { ...level, reserved: level.reserved - quantity, sold: level.sold + quantity, version: level.version + 1 })
  }
  return { ...seen, holds, stock }
}

/** The rules in the plainest words: one order after the other, one number for each SKU. */
class Model {
  readonly available: Record<string, number>
  readonly #states = new Map<string, { state: string; pieces: Record<string, number> }>()

  constructor(initial: readonly number[]) {
    this.available = Object.fromEntries(skus.map((sku, index) => [sku, initial[index] ?? 0]))
  }

  run(wanted: Wanted): string {
    const known = this.#states.get(wanted.orderId)
    switch (wanted.kind) {
      case 'reserve':
        return known?.state ?? this.#reserve(wanted.orderId, wanted.lines)
      case 'sell':
        if (known?.state === 'HELD') known.state = 'COMMITTED'
        return known?.state ?? 'none'
      case 'release':
        if (known === undefined) return this.#note(wanted.orderId, 'TOMBSTONE', {})
        if (known.state !== 'HELD' && known.state !== 'COMMITTED') return known.state
        for (const [sku, quantity] of Object.entries(known.pieces)) this.available[sku] = (this.available[sku] ?? 0) + quantity
        return (known.state = 'RELEASED')
    }
  }

  #reserve(id: string, lines: readonly Demand[]): string {
    const pieces: Record<string, number> = {}
    for (const { sku, quantity } of lines) pieces[sku] = (pieces[sku] ?? 0) + quantity
    const wanted = Object.entries(pieces)
    const isMixed = new Set(wanted.map(([sku]) => offers.get(sku)?.currency)).size > 1
    const isShort = wanted.some(([sku, quantity]) => quantity > (this.available[sku] ?? 0))
    if ('E' in pieces || isMixed || isShort) return this.#note(id, 'REJECTED', {})
    for (const [sku, quantity] of wanted) this.available[sku] = (this.available[sku] ?? 0) - quantity
    return this.#note(id, 'HELD', pieces)
  }

  #note(id: string, state: string, pieces: Record<string, number>): string {
    this.#states.set(id, { state, pieces })
    return state
  }
}

function answerOf(outcome: HoldOutcome): string {
  return 'hold' in outcome ? outcome.hold.state : outcome.refused
}

function piecesIn(holds: ReadonlyMap<string, Hold>, state: string, sku: string): number {
  const lines = [...holds.values()].flatMap((hold) => (hold.state === state && 'lines' in hold ? hold.lines : []))
  return lines.filter((held) => held.sku === sku).reduce((sum, { quantity }) => sum + quantity, 0)
}

const runs = Number(process.env['PROPERTY_RUNS'] ?? 500)

describe('decideHolds, over random commands that repeat and come in any order', () => {
  it('answers what a simple model answers, and keeps the stock equation', () => {
    fc.assert(
      fc.property(levels, batches, (initial, all) => {
        const model = new Model(initial)
        let seen = start(initial)
        for (const { commands, confirmed } of all) {
          const decisions = decideHolds(commands, seen)
          expect(decisions.outcomes.map(answerOf)).toEqual(commands.map((wanted) => model.run(wanted)))
          expect(decisions.drifted).toEqual([])
          seen = sell(write(seen, decisions), confirmed)
          for (const id of confirmed) model.run({ kind: 'sell', orderId: id })
          for (const [index, sku] of skus.entries()) {
            const { available = -1, reserved = -1, sold = -1 } = seen.stock.get(sku) ?? {}
            expect({ available, reserved, sold }).toEqual({
              available: model.available[sku],
              reserved: piecesIn(seen.holds, 'HELD', sku),
              sold: piecesIn(seen.holds, 'COMMITTED', sku),
            })
            expect(available + reserved + sold).toBe(initial[index])
            expect(Math.min(available, reserved, sold)).toBeGreaterThanOrEqual(0)
          }
        }
      }),
      { numRuns: runs },
    )
  })

  it('gives a batch the answers, the holds and the stock of its commands one by one', () => {
    fc.assert(
      fc.property(levels, batches, (initial, all) => {
        const [together, apart] = [{ seen: start(initial) }, { seen: start(initial) }]
        for (const { commands, confirmed } of all) {
          const batch = decideHolds(commands, together.seen)
          const single = commands.map((wanted) => {
            const decisions = decideHolds([wanted], apart.seen)
            apart.seen = write(apart.seen, decisions)
            return decisions
          })
          expect(batch.outcomes).toEqual(single.flatMap(({ outcomes }) => outcomes))
          together.seen = sell(write(together.seen, batch), confirmed)
          for (const id of confirmed) apart.seen = sell(apart.seen, [id])
          expect(together.seen.holds).toEqual(apart.seen.holds)
          const unversioned = ({ stock }: SeenOffers) => [...stock].map(([sku, { version: _version, ...stored }]) => [sku, stored])
          expect(unversioned(together.seen)).toEqual(unversioned(apart.seen))
        }
      }),
      { numRuns: runs },
    )
  })

  it('changes nothing that it was given', () => {
    fc.assert(
      fc.property(levels, batches, (initial, all) => {
        const seen = start(initial)
        const before = structuredClone(seen)
        decideHolds(
          all.flatMap(({ commands }) => commands),
          seen,
        )
        expect(seen).toEqual(before)
      }),
      { numRuns: 50 },
    )
  })
})

describe('decideHolds over stock that does not cover its holds', () => {
  it('leaves that order alone and does the others', () => {
    const lines = (sku: string) => [{ sku, quantity: 2, name: sku, unitPriceCents: 100, currency: 'GBP' }]
    const held = (id: string, sku: string): [string, Hold] => [id, { orderId: id, state: 'HELD', lines: lines(sku) }]
    const broken: Stock = { available: 5, reserved: 1, sold: 0, lowStockAt: null, version: 3 }
    const stock = new Map([
      ['A', broken],
      ['B', { ...broken, reserved: 2 }],
    ])
    const commands = ['o1', 'o2'].map((id) => ({ kind: 'release' as const, orderId: id }))
    const decisions = decideHolds(commands, { holds: new Map([held('o1', 'A'), held('o2', 'B')]), stock, offers })
    expect(decisions.outcomes.map(answerOf)).toEqual(['unavailable', 'RELEASED'])
    expect(decisions).toMatchObject({ drifted: ['A'], stock: [{ sku: 'B', after: { available: 7, reserved: 0 } }] })
  })
})
