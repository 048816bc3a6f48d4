import { cleanRow, type InvoiceLine, type ProductSighting, type RefusalReason } from './clean-rows.ts'
import type { RetailRow } from './retail-file.ts'

export interface PlannedProduct {
  readonly sku: string
  readonly name: string
  readonly priceCents: number
  /** Pieces to put in stock: a tenth less than the plan demands, and at least ten, so that some orders are refused. */
  readonly stock: number
}

export interface PlannedOrder {
  readonly invoice: string
  readonly customer: string
  /** One line per SKU. */
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[]
}

/** What a file asks of the shop. */
export interface Plan {
  readonly products: readonly PlannedProduct[]
  readonly orders: readonly PlannedOrder[]
  readonly rows: number
  readonly refusedRows: Readonly<Partial<Record<RefusalReason, number>>>
  /** Invoices with more distinct SKUs than one order may have. */
  readonly refusedInvoices: number
}

const maxLines = 1_000
const stockShare = 0.9

/** Reads rows once and keeps the products of all and the lines of the first `invoices` invoices. */
export async function buildPlan(rows: AsyncIterable<RetailRow>, invoices: number): Promise<Plan> {
  const sightings = new Map<string, ProductSighting[]>()
  const orders = new Map<string, InvoiceLine[]>()
  const refused = new Map<RefusalReason, number>()
  let count = 0
  for await (const row of rows) {
    count++
    const cleaned = cleanRow(row)
    if ('refused' in cleaned) refused.set(cleaned.refused, (refused.get(cleaned.refused) ?? 0) + 1)
    else addLine(orders, cleaned.line, invoices)
    const product = 'line' in cleaned ? cleaned.line : cleaned.product
    if (product !== false) addSighting(sightings, product)
  }
  const all = [...orders.values()].map(toOrder)
  const planned = all.filter(({ lines }) => lines.length <= maxLines)
  return {
    products: withStock(sightings, planned),
    orders: planned,
    rows: count,
    refusedRows: Object.fromEntries(refused),
    refusedInvoices: all.length - planned.length,
  }
}

function addSighting(sightings: Map<string, ProductSighting[]>, product: ProductSighting): void {
  const seen = sightings.get(product.sku)
  if (seen === undefined) sightings.set(product.sku, [product])
  else seen.push(product)
}

function addLine(orders: Map<string, InvoiceLine[]>, line: InvoiceLine, invoices: number): void {
  const lines = orders.get(line.invoice)
  if (lines !== undefined) lines.push(line)
  else if (orders.size < invoices) orders.set(line.invoice, [line])
}

function toOrder(lines: readonly InvoiceLine[]): PlannedOrder {
  const quantities = new Map<string, number>()
  for (const { sku, quantity } of lines) quantities.set(sku, (quantities.get(sku) ?? 0) + quantity)
  return {
    invoice: lines[0]?.invoice ?? '',
    customer: lines[0]?.customer ?? '',
    lines: [...quantities].map(([sku, quantity]) => ({ sku, quantity })),
  }
}

function withStock(sightings: Map<string, ProductSighting[]>, orders: readonly PlannedOrder[]): PlannedProduct[] {
  const demand = new Map<string, number>()
  for (const { lines } of orders) for (const { sku, quantity } of lines) demand.set(sku, (demand.get(sku) ?? 0) + quantity)
  return [...sightings].map(([sku, seen]) => ({
    sku,
    name: mostFrequent(seen.map(({ name }) => name).filter((name) => name !== '')) ?? sku,
    priceCents: mostFrequent(seen.map(({ priceCents }) => priceCents)) ?? 0,
    stock: Math.max(10, Math.ceil((demand.get(sku) ?? 0) * stockShare)),
  }))
}

/** The value seen most often; of several, the one seen first. */
function mostFrequent<Value>(values: readonly Value[]): Value | undefined {
  const counts = new Map<Value, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  let best: Value | undefined
  for (const [value, count] of counts) if (best === undefined || count > (counts.get(best) ?? 0)) best = value
  return best
}
