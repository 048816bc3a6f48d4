import type { Hold, StockAudit } from '@polystore/contracts'
import type { OrderRepository } from '../orders/order-repository.ts'
import type { OrderRow } from '../orders/order-table.ts'
import { isOpen } from '../orders/order.ts'
import type { ProductsClient } from '../orders/products-client.ts'

export interface StockDrift {
  readonly sku: string
  /** Which equations do not hold. */
  readonly broken: readonly ('negative' | 'ledger' | 'reserved' | 'sold')[]
  readonly audit: StockAudit
}

export interface OrphanHold {
  readonly orderId: string
  /** What brings hold and order together again: `commit` tells products once more that the order is confirmed. */
  readonly remedy: 'release' | 'commit'
}

export interface StockReport {
  readonly skus: number
  readonly drifts: readonly StockDrift[]
  readonly orphans: readonly OrphanHold[]
  readonly repaired: number
}

interface Dependencies {
  readonly orders: OrderRepository
  readonly products: ProductsClient
}

const pageSize = 500
/** Pages of one run: half a million SKUs or holds. */
const maxPages = 1_000

/**
 * Compares stock with its ledger, its holds and their orders. With `repair`, orphan holds are released or sold, as the order that
 * decides says (sold when products has heard of it again), and then broken levels are set to what the ledger and the holds add up to.
 */
export async function reconcileStock(dependencies: Dependencies, repair: boolean): Promise<StockReport> {
  let skus = 0
  const drifts: StockDrift[] = []
  for await (const audit of pages((after: StockAudit | undefined) => dependencies.products.auditAfter(after?.sku, pageSize))) {
    skus++
    const broken = brokenEquations(audit)
    if (broken.length > 0) drifts.push({ sku: audit.sku, broken, audit })
  }
  const orphans: OrphanHold[] = []
  for await (const hold of pages((after: Hold | undefined) => dependencies.products.heldAfter(after?.orderId, pageSize))) {
    const remedy = await remedyFor(dependencies, hold.orderId)
    if (remedy !== undefined) orphans.push({ orderId: hold.orderId, remedy })
  }
  if (repair) {
    for (const orphan of orphans) await remedyOrphan(dependencies, orphan)
    for (const { sku } of drifts) await dependencies.products.repairStock(sku)
  }
  return { skus, drifts, orphans, repaired: repair ? orphans.length + drifts.length : 0 }
}

async function remedyOrphan({ orders, products }: Dependencies, { orderId, remedy }: OrphanHold): Promise<void> {
  if (remedy === 'commit') await orders.tellConfirmed(orderId)
  else await products.release(orderId)
}

export function brokenEquations({ available, reserved, sold, adjusted, held, committed }: StockAudit): StockDrift['broken'] {
  return [
    ...(Math.min(available, reserved, sold) < 0 ? (['negative'] as const) : []),
    ...(adjusted === available + reserved + sold ? [] : (['ledger'] as const)),
    ...(reserved === held ? [] : (['reserved'] as const)),
    ...(sold === committed ? [] : (['sold'] as const)),
  ]
}

/** Undefined while somebody still works for the order, or when the hold has moved on since it was listed. */
async function remedyFor({ orders, products }: Dependencies, orderId: string): Promise<OrphanHold['remedy'] | undefined> {
  const remedy = remedyOf(await orders.find(orderId))
  if (remedy === undefined || (remedy === 'commit' && (await orders.isBeingTold(orderId)))) return undefined
  return (await products.hold(orderId)).state === 'HELD' ? remedy : undefined
}

function remedyOf(order: OrderRow | undefined): OrphanHold['remedy'] | undefined {
  if (order === undefined || order.status === 'REJECTED' || order.status === 'CANCELLED') return 'release'
  return isOpen(order.status) ? undefined : 'commit'
}

async function* pages<Item>(fetchAfter: (last: Item | undefined) => Promise<Item[]>): AsyncIterable<Item> {
  let last: Item | undefined
  for (let page = 0; page < maxPages; page++) {
    const items = await fetchAfter(last)
    yield* items
    last = items.at(-1)
    if (items.length < pageSize) return
  }
}
