import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import type { Plan } from './build-plan.ts'
import { judge, type Check, type ListedOrder } from './oracle.ts'
import { importProducts, logIn, registerCustomers, type Credentials } from './prepare-shop.ts'
import { replayOrders } from './replay-orders.ts'
import { Shop } from './shop.ts'
import { stockLevels, type StockLevel } from './stock-levels.ts'

export interface DemoOptions {
  readonly url: string
  readonly staff: Credentials
  readonly plan: Plan
  /** Orders in flight at once. */
  readonly width: number
  readonly onProgress: (step: 'products' | 'customers' | 'orders', done: number, total: number) => void
}

export interface DemoReport {
  readonly ok: boolean
  readonly rows: number
  readonly refusedRows: Plan['refusedRows']
  readonly refusedInvoices: number
  readonly products: number
  readonly refusedProducts: number
  readonly customers: number
  readonly orders: number
  readonly accepted: number
  readonly refused: number
  readonly revenueCents: number
  readonly retries: number
  readonly seconds: number
  readonly checks: readonly Check[]
}

/** The main job: fills the shop from the plan, replays its invoices as orders, and asks the oracle. */
export async function runDemo(options: DemoOptions): Promise<DemoReport> {
  const { plan, onProgress, width } = options
  const shop = new Shop(options.url)
  const run = randomBytes(5).toString('hex')
  const staffToken = await logIn(shop, options.staff)
  let imported = 0
  const refusedProducts = await importProducts(shop, staffToken, plan.products, (count) =>
    onProgress('products', (imported += count), plan.products.length),
  )
  const customers = [...new Set(plan.orders.map(({ customer }) => customer))]
  let registered = 0
  const tokens = await registerCustomers(shop, customers, run, () => onProgress('customers', ++registered, customers.length))

  const skus = [...new Set(plan.orders.flatMap(({ lines }) => lines.map(({ sku }) => sku)))]
  const before = await stockLevels(shop, staffToken, skus)
  const started = new Date()
  let answered = 0
  const onPlaced = () => onProgress('orders', ++answered, plan.orders.length)
  const placed = await replayOrders(shop, { orders: plan.orders, tokens, run, width, onPlaced })
  const seconds = (Date.now() - started.getTime()) / 1_000

  const after = await levelsAtRest(shop, staffToken, skus)
  const users = userIds(tokens)
  const listed = await listOrders(shop, staffToken, users, started)
  const checks = judge({ plan, placed, listed, before, after })
  const accepted = placed.filter(({ outcome }) => outcome === 'accepted')
  return {
    ok: checks.every(({ ok }) => ok),
    rows: plan.rows,
    refusedRows: plan.refusedRows,
    refusedInvoices: plan.refusedInvoices,
    products: plan.products.length,
    refusedProducts,
    customers: customers.length,
    orders: placed.length,
    accepted: accepted.length,
    refused: placed.length - accepted.length,
    revenueCents: accepted.reduce((sum, { totalCents }) => sum + (totalCents ?? 0), 0),
    retries: shop.retries,
    seconds,
    checks,
  }
}

const restMs = 60_000

/** Waits until nothing is held, or as long as recovery may take. */
async function levelsAtRest(shop: Shop, staffToken: string, skus: readonly string[]): Promise<Map<string, StockLevel>> {
  const deadline = Date.now() + restMs
  for (;;) {
    const levels = await stockLevels(shop, staffToken, skus)
    const held = [...levels.values()].some(({ reserved }) => reserved > 0)
    if (!held || Date.now() > deadline) return levels
    await pause(250)
  }
}

function userIds(tokens: ReadonlyMap<string, string>): Set<string> {
  const ids = [...tokens.values()].map((token) => {
    const [, payload = ''] = token.split('.')
    return z.looseObject({ sub: z.string() }).parse(JSON.parse(Buffer.from(payload, 'base64url').toString())).sub
  })
  return new Set(ids)
}

const orderPage = z.looseObject({
  items: z.array(z.looseObject({ id: z.string(), userId: z.string(), status: z.string(), totalCents: z.int().nullable() })),
  next: z.string().optional(),
})
const maxPages = 10_000
/** How far the clocks of this machine and of the database may differ. */
const clockSkewMs = 600_000

/** All orders of the customers of this run, as staff sees them. */
async function listOrders(shop: Shop, token: string, users: ReadonlySet<string>, since: Date): Promise<ListedOrder[]> {
  const from = new Date(since.getTime() - clockSkewMs).toISOString()
  const listed: ListedOrder[] = []
  let cursor: string | undefined
  for (let page = 0; page < maxPages; page++) {
    const query = new URLSearchParams({ limit: '100', 'createdAt[gt]': from, ...(cursor === undefined ? {} : { cursor }) })
    const { items, next } = await shop.expect(200, orderPage, { method: 'GET', path: `/orders/all?${query}`, token })
    listed.push(...items.filter(({ userId }) => users.has(userId)))
    if (next === undefined) return listed
    cursor = next
  }
  return listed
}
