import type { Plan } from './build-plan.ts'
import type { Placed } from './replay-orders.ts'
import type { StockLevel } from './stock-levels.ts'

/** An order of this run as the shop lists it afterwards. */
export interface ListedOrder {
  readonly id: string
  readonly status: string
  readonly totalCents: number | null
}

export interface Evidence {
  readonly plan: Plan
  readonly placed: readonly Placed[]
  readonly listed: readonly ListedOrder[]
  /** Levels before the first order of this run, stock of this run already on the shelf. */
  readonly before: ReadonlyMap<string, StockLevel>
  readonly after: ReadonlyMap<string, StockLevel>
}

export interface Check {
  readonly name: string
  readonly ok: boolean
  /** How many things were compared. */
  readonly compared: number
  readonly failures: number
  /** The first few that did not hold. */
  readonly broken: readonly string[]
}

const resting = new Set(['CONFIRMED', 'REJECTED', 'CANCELLED', 'SHIPPED', 'DELIVERED'])

/** What must be true of any run once everything has come to rest, whatever was killed meanwhile. */
export function judge(evidence: Evidence): Check[] {
  const { placed, listed } = evidence
  const skus = [...evidence.after.keys()]
  const accepted = placed.filter(({ outcome }) => outcome === 'accepted')
  const byId = new Map(listed.map((order) => [order.id, order]))
  const sold = soldBySku(accepted)
  const price = new Map(evidence.plan.products.map(({ sku, priceCents }) => [sku, priceCents]))
  return [
    check(
      'stock equation: before = available + reserved + sold',
      skus,
      (sku) => pieces(evidence.before, sku) === pieces(evidence.after, sku),
    ),
    check('no level is negative', skus, (sku) => Object.values(level(evidence.after, sku)).every((value) => !(value < 0))),
    check('sold = what accepted orders took', skus, (sku) => {
      const difference = level(evidence.after, sku).sold - level(evidence.before, sku).sold
      return difference === (sold.get(sku) ?? 0)
    }),
    check('nothing is held any more', skus, (sku) => level(evidence.after, sku).reserved === 0),
    check(
      'one key, one order',
      placed.map(({ key }) => key),
      (_, index) => placed[index]?.orderIds.size === 1,
    ),
    check('orders = keys', ['count'], () => listed.length === placed.length && byId.size === placed.length),
    check(
      'every accepted order is readable and confirmed',
      accepted.map(({ orderId }) => orderId),
      (id) => byId.get(id)?.status === 'CONFIRMED',
    ),
    check('every refused order is rejected', idsOfRefused(placed), (id) => byId.get(id)?.status === 'REJECTED'),
    check(
      'every order has come to rest',
      listed.map(({ id }) => id),
      (id) => resting.has(byId.get(id)?.status ?? ''),
    ),
    check(
      'totals in pence as computed from the file',
      accepted.map(({ key }) => key),
      (_, index) => {
        const { order, totalCents, orderId } = accepted[index] ?? {}
        const expected = order?.lines.reduce((sum, line) => sum + line.quantity * (price.get(line.sku) ?? Number.NaN), 0)
        return totalCents === expected && byId.get(orderId ?? '')?.totalCents === expected
      },
    ),
  ]
}

/** One question asked of each item. */
export function check(name: string, items: readonly string[], holds: (item: string, index: number) => boolean): Check {
  const broken = items.filter((item, index) => !holds(item, index))
  return { name, ok: broken.length === 0, compared: items.length, failures: broken.length, broken: broken.slice(0, 5) }
}

function idsOfRefused(placed: readonly Placed[]): string[] {
  return placed.filter(({ outcome }) => outcome === 'refused').map(({ orderId }) => orderId)
}

function soldBySku(accepted: readonly Placed[]): Map<string, number> {
  const sold = new Map<string, number>()
  for (const { order } of accepted) {
    for (const { sku, quantity } of order.lines) sold.set(sku, (sold.get(sku) ?? 0) + quantity)
  }
  return sold
}

function level(levels: ReadonlyMap<string, StockLevel>, sku: string): StockLevel {
  return levels.get(sku) ?? { available: Number.NaN, reserved: Number.NaN, sold: Number.NaN }
}

function pieces(levels: ReadonlyMap<string, StockLevel>, sku: string): number {
  const { available, reserved, sold } = level(levels, sku)
  return available + reserved + sold
}
