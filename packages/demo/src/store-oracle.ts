import { check, type Check } from './oracle.ts'

interface Line {
  readonly sku: string
  readonly quantity: number
}

/** What the databases hold once everything has come to rest. */
export interface StoreEvidence {
  readonly stock: readonly { readonly sku: string; readonly available: number; readonly reserved: number; readonly sold: number }[]
  /** Initial stock and adjustments by SKU, from the ledger. */
  readonly adjusted: ReadonlyMap<string, number>
  readonly holds: readonly { readonly orderId: string; readonly state: string; readonly lines: readonly Line[] }[]
  readonly orders: readonly StoredOrder[]
  readonly keys: readonly { readonly userId: string; readonly key: string; readonly orderId: string; readonly answered: boolean }[]
  /** Moves in the order of their writing. */
  readonly history: readonly { readonly orderId: string; readonly from: string | null; readonly to: string }[]
  /** Levels by SKU, as orders was told by events. */
  readonly levels: ReadonlyMap<string, string>
  /** Users of auth, and what orders was told of each; null when it knows nothing. */
  readonly users: readonly { readonly id: string; readonly active: boolean; readonly known: boolean | null }[]
  /** Events that are still to be delivered, as "database: type of subject". */
  readonly undelivered: readonly string[]
  /** Events that a consumer could not apply. */
  readonly failed: readonly string[]
}

export interface StoredOrder {
  readonly id: string
  readonly userId: string
  readonly status: string
  readonly totalCents: number | null
  readonly waiting: boolean
  readonly lines: readonly (Line & { readonly unitPriceCents: number | null })[]
}

/** What a client was told under one key. */
export interface Claim {
  readonly userId: string
  readonly key: string
  readonly outcome: 'accepted' | 'refused' | 'nothing'
  /** Ids that the answers named. */
  readonly orderIds: ReadonlySet<string>
  readonly cancelling: 'no' | 'asked' | 'done'
}

const sold = new Set(['CONFIRMED', 'SHIPPED', 'DELIVERED'])
const resting = new Set([...sold, 'REJECTED', 'CANCELLED'])
/** The holds that an order of each status may have; none at all where products was never asked. */
const holdsOf: Readonly<Record<string, readonly string[]>> = {
  CONFIRMED: ['COMMITTED'],
  SHIPPED: ['COMMITTED'],
  DELIVERED: ['COMMITTED'],
  REJECTED: ['REJECTED'],
  CANCELLED: ['RELEASED', 'TOMBSTONE', 'REJECTED'],
}

/** What must be true of the databases, of each by itself and of all together, whatever was killed or cut meanwhile. */
export function judgeStores(evidence: StoreEvidence, claims: readonly Claim[]): Check[] {
  return [...judgeStock(evidence), ...judgeOrders(evidence), ...judgeClaims(evidence, claims), ...judgeEvents(evidence)]
}

function judgeStock({ stock, adjusted, holds, orders }: StoreEvidence): Check[] {
  const bySku = new Map(stock.map((level) => [level.sku, level]))
  const skus = [...bySku.keys()]
  const held = sum(holds.filter(({ state }) => state === 'HELD'))
  const confirmed = sum(orders.filter(({ status }) => sold.has(status)))
  const ask = (name: string, holdsFor: (sku: string, level: StoreEvidence['stock'][number]) => boolean) =>
    check(name, skus, (sku) => {
      const level = bySku.get(sku)
      return level !== undefined && holdsFor(sku, level)
    })
  return [
    ask('stock equation: adjustments = available + reserved + sold', (sku, level) => {
      return adjusted.get(sku) === level.available + level.reserved + level.sold
    }),
    ask('no level is negative', (_, level) => level.available >= 0 && level.reserved >= 0 && level.sold >= 0),
    ask('reserved = lines of HELD holds', (sku, level) => level.reserved === (held.get(sku) ?? 0)),
    ask('sold = lines of confirmed and later orders', (sku, level) => level.sold === (confirmed.get(sku) ?? 0)),
    check(
      'no hold is HELD',
      holds.map(({ orderId }) => orderId),
      (_, index) => holds[index]?.state !== 'HELD',
    ),
  ]
}

function judgeOrders({ orders, holds, keys, history }: StoreEvidence): Check[] {
  const holdOf = new Map(holds.map(({ orderId, state }) => [orderId, state]))
  const keysOf = countBy(keys.map(({ orderId }) => orderId))
  const moves = Map.groupBy(history, ({ orderId }) => orderId)
  const byId = new Map(orders.map((order) => [order.id, order]))
  const ask = (name: string, holdsFor: (order: StoredOrder) => boolean) =>
    check(
      name,
      orders.map(({ id }) => id),
      (_, index) => {
        const order = orders[index]
        return order !== undefined && holdsFor(order)
      },
    )
  return [
    ask('every order has come to rest', ({ status, waiting }) => resting.has(status) && !waiting),
    ask('the hold of every order agrees with it', ({ id, status }) => {
      const state = holdOf.get(id)
      return holdsOf[status]?.includes(state ?? '') === true
    }),
    check('every hold has an order', [...holdOf.keys()], (id) => byId.has(id)),
    ask('one order, one key', ({ id }) => keysOf.get(id) === 1),
    check(
      'every key has its answer',
      keys.map(({ key }) => key),
      (_, index) => keys[index]?.answered === true,
    ),
    ask('totals in pence = quantities times prices', ({ status, totalCents, lines }) => !sold.has(status) || totalCents === total(lines)),
    ask('the history of every order is one chain that ends in its status', ({ id, status }) => isChain(moves.get(id) ?? [], status)),
  ]
}

function judgeClaims({ orders, keys, history }: StoreEvidence, claims: readonly Claim[]): Check[] {
  const byId = new Map(orders.map((order) => [order.id, order]))
  const confirmed = new Set(history.filter(({ to }) => to === 'CONFIRMED').map(({ orderId }) => orderId))
  const stored = new Map(keys.map(({ userId, key, orderId }) => [`${userId} ${key}`, orderId]))
  const ask = (name: string, chosen: readonly Claim[], holdsFor: (claim: Claim, order: StoredOrder | undefined) => boolean) =>
    check(
      name,
      chosen.map(({ key }) => key),
      (_, index) => {
        const claim = chosen[index]
        return claim !== undefined && holdsFor(claim, byId.get([...claim.orderIds][0] ?? ''))
      },
    )
  const answered = claims.filter(({ outcome }) => outcome !== 'nothing')
  return [
    ask('one key, one order, the same in every answer and in the database', answered, ({ userId, key, orderIds }) => {
      return orderIds.size === 1 && stored.get(`${userId} ${key}`) === [...orderIds][0]
    }),
    ask('every 201 is an order that was confirmed', only(claims, 'accepted'), ({ cancelling }, order) => {
      if (order === undefined || !confirmed.has(order.id)) return false
      return cancelling === 'done' ? order.status === 'CANCELLED' : sold.has(order.status) || cancelling === 'asked'
    }),
    ask('every 409 is an order that took nothing', only(claims, 'refused'), (_, order) => {
      return order !== undefined && !confirmed.has(order.id) && (order.status === 'REJECTED' || order.status === 'CANCELLED')
    }),
  ]
}

function judgeEvents({ undelivered, failed, users, stock, levels }: StoreEvidence): Check[] {
  return [
    check('every outbox is drained', undelivered, () => false),
    check('no event failed at its consumer', failed, () => false),
    check(
      'orders knows of every user what auth knows',
      users.map(({ id }) => id),
      (_, index) => users[index]?.known === users[index]?.active,
    ),
    check(
      'orders knows of every SKU whether it is sold out',
      stock.map(({ sku }) => sku),
      (sku, index) => {
        const { available = 0, sold: pieces = 0, reserved = 0 } = stock[index] ?? {}
        const wasThere = available + pieces + reserved > 0
        return !wasThere || (levels.get(sku) === 'depleted') === (available === 0)
      },
    ),
  ]
}

function only(claims: readonly Claim[], outcome: Claim['outcome']): Claim[] {
  return claims.filter((claim) => claim.outcome === outcome)
}

function sum(holders: readonly { readonly lines: readonly Line[] }[]): Map<string, number> {
  const sums = new Map<string, number>()
  for (const { lines } of holders) for (const { sku, quantity } of lines) sums.set(sku, (sums.get(sku) ?? 0) + quantity)
  return sums
}

function countBy(ids: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1)
  return counts
}

function total(lines: StoredOrder['lines']): number {
  return lines.reduce((cents, { quantity, unitPriceCents }) => cents + quantity * (unitPriceCents ?? Number.NaN), 0)
}

function isChain(moves: StoreEvidence['history'], status: string): boolean {
  let at: string | null = null
  for (const { from, to } of moves) {
    if (from !== at) return false
    at = to
  }
  return at === status
}
