import type { Hold, HoldLine, ReserveDemand } from '@polystore/contracts'

export type Demand = ReserveDemand['lines'][number]
type Rejection = Extract<Hold, { state: 'REJECTED' }>

/** What an active product offers under one SKU. */
export interface Offer {
  readonly name: string
  readonly priceCents: number
  readonly currency: string
}

/** What orders ask of their holds. Each may be repeated: it is answered with the stored result. */
export type HoldCommand =
  | { readonly kind: 'reserve'; readonly orderId: string; readonly lines: readonly Demand[] }
  | { readonly kind: 'release'; readonly orderId: string }

/** What a hold line can carry at most; two lines of one SKU may ask for more together. */
const maxQuantity = 1_000_000

/** One line per SKU, sorted, so that every writer meets the SKUs in the same order. */
export function mergeLines(lines: readonly Demand[]): Demand[] {
  const quantities = new Map<string, number>()
  for (const { sku, quantity } of lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity)
  return [...quantities].map(([sku, quantity]) => ({ sku, quantity })).toSorted((a, b) => (a.sku < b.sku ? -1 : 1))
}

/**
 * Decides over merged lines by what is offered and available: all lines or none.
 * An unknown SKU is named before a shortage, because more stock would not help.
 */
export function decideReserve(
  { orderId, lines }: { readonly orderId: string; readonly lines: readonly Demand[] },
  offers: ReadonlyMap<string, Offer>,
  available: (sku: string) => number,
): Hold {
  const unknown = lines.filter(({ sku }) => !offers.has(sku))
  if (unknown.length > 0) return rejected(orderId, 'unknown-sku', unknown)
  const priced = lines.flatMap((line) => priceLine(line, offers.get(line.sku)))
  if (new Set(priced.map(({ currency }) => currency)).size > 1) return rejected(orderId, 'mixed-currencies', priced)
  const short = lines.filter(({ sku, quantity }) => quantity > Math.min(available(sku), maxQuantity))
  if (short.length > 0) return rejected(orderId, 'insufficient-stock', short)
  return { orderId, state: 'HELD', lines: priced }
}

function priceLine({ sku, quantity }: Demand, offer: Offer | undefined): HoldLine[] {
  if (offer === undefined) return []
  return [{ sku, quantity, name: offer.name, unitPriceCents: offer.priceCents, currency: offer.currency }]
}

function rejected(orderId: string, reason: Rejection['reason'], lines: readonly { readonly sku: string }[]): Hold {
  return { orderId, state: 'REJECTED', reason, skus: lines.map(({ sku }) => sku) }
}
