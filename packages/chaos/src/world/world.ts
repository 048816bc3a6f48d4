import { randomBytes } from 'node:crypto'
import {
  buildPlan,
  importProducts,
  logIn,
  readRetailFile,
  registerCustomers,
  sampleRows,
  seededRandom,
  Shop,
  type Plan,
  type PlannedProduct,
} from '@polystore/demo'
import { demoLogins } from '@polystore/dev-stack'
import { Buyer, type OrderLine } from '../load/buyer.ts'
import { Ledger } from '../load/ledger.ts'
import { hotSkus } from '../load/load.ts'
import { openSystem, type System, type SystemOptions } from './system.ts'

export interface WorldOptions extends Omit<SystemOptions, 'random'> {
  readonly seed: number
  /** A CSV in the shape of "Online Retail"; a sample is made without one. */
  readonly file: string | undefined
  /** How many invoices are read; they are ordered again and again. */
  readonly invoices: number
  /** How often there is stock for all of them. */
  readonly stockFactor: number
}

/** The whole system with a shop full of goods, and its customers. */
export interface World extends System {
  readonly options: WorldOptions
  readonly shop: Shop
  readonly staffToken: string
  readonly ledger: Ledger
  readonly buyers: readonly Buyer[]
  readonly random: () => number
  readonly nextInvoice: () => readonly OrderLine[]
  /** Puts goods on the shelf. */
  stockUp(products: readonly { readonly sku: string; readonly stock: number }[]): Promise<void>
  newBuyers(count: number): Promise<Buyer[]>
}

/** Impatient clients, so that a round is short: they hang up and send the same order again. */
const patience = { patienceMs: 60_000, attemptMs: 6_000 }
const customers = 12
const longestInvoice = 40
/** Less than is asked for, so that some orders are refused. */
const stockShare = 0.6
const plenty = 900_000

export async function openWorld(options: WorldOptions): Promise<World> {
  const random = seededRandom(options.seed)
  // What the relays draw depends on timing: from a generator of their own, so that every load is the same for the same seed.
  const system = await openSystem({ ...options, random: seededRandom(options.seed + 2) })
  try {
    return await openShop(system, { ...options, random })
  } catch (error) {
    await system.close()
    throw error
  }
}

async function openShop(system: System, { random, ...options }: WorldOptions & { readonly random: () => number }): Promise<World> {
  const shop = new Shop(system.stack.urls.gateway, patience)
  const patient = new Shop(system.stack.urls.gateway)
  const ledger = new Ledger()
  const staffToken = await logIn(patient, { email: demoLogins.admin, password: demoLogins.password })
  const plan = await readPlan(options)
  const sell = async (products: readonly PlannedProduct[]): Promise<void> =>
    void (await importProducts(patient, staffToken, products, () => {}))
  await sell([...plan.products, ...hotProducts])
  const newBuyers = async (count: number): Promise<Buyer[]> => {
    const names = Array.from({ length: count }, () => randomBytes(4).toString('hex'))
    const tokens = await registerCustomers(patient, names, 'chaos', () => {})
    return [...tokens.values()].map((token) => new Buyer({ token, shop, ledger }))
  }
  const buyers = await newBuyers(customers)
  let invoice = 0
  return {
    ...system,
    options,
    shop,
    staffToken,
    ledger,
    buyers,
    random,
    nextInvoice: () => plan.orders[invoice++ % plan.orders.length]?.lines ?? [],
    stockUp: async (products) => sell(products.map(({ sku, stock }) => product(sku, stock))),
    newBuyers,
  }
}

function product(sku: string, stock: number): PlannedProduct {
  return { sku, name: sku, priceCents: 250, stock }
}

const hotProducts = [product(hotSkus.first, plenty), product(hotSkus.second, plenty), product(hotSkus.scarce, 60)]

/** The first invoices that are not too long, and what they order. */
async function readPlan({ file, invoices, stockFactor, seed }: WorldOptions): Promise<Plan> {
  const plan = await buildPlan(file === undefined ? sampleRows(invoices, seed) : readRetailFile(file), invoices)
  const orders = plan.orders.filter(({ lines }) => lines.length <= longestInvoice)
  const ordered = new Set(orders.flatMap(({ lines }) => lines.map(({ sku }) => sku)))
  const products = plan.products.filter(({ sku }) => ordered.has(sku))
  return { ...plan, orders, products: products.map((one) => ({ ...one, stock: Math.ceil(one.stock * stockFactor * stockShare) })) }
}
