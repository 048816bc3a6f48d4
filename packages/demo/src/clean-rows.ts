import type { RetailRow } from './retail-file.ts'

/** One line of an invoice that can be ordered. */
export interface InvoiceLine {
  readonly invoice: string
  readonly customer: string
  readonly sku: string
  readonly name: string
  readonly quantity: number
  readonly priceCents: number
}

/** Why a row takes no part, in the order in which the rules are asked. */
export type RefusalReason =
  | 'not a product'
  | 'code unusable'
  | 'return or correction'
  | 'quantity unusable'
  | 'price unusable'
  | 'price is zero'
  | 'invoice missing'
  | 'customer missing'

export type CleanedRow =
  | { readonly line: InvoiceLine; readonly product: true }
  | { readonly refused: RefusalReason; readonly product: ProductSighting | false }

/** What a row tells of a product, whether or not the row can be ordered. */
export interface ProductSighting {
  readonly sku: string
  readonly name: string
  readonly priceCents: number
}

/** Postage, fees, manual entries, samples, vouchers and tests: codes of the book-keeping, not of a product. */
const notProducts = /^(?:POST(?:AGE)?|DOT|M|MANUAL|D|C2|C3|S|B|CRUK|PADS|AMAZON ?FEE|BANK CHARGES|SAMPLES?|GIFT.*|ADJUST.*|TEST.*)$/u
const skuPattern = /^[A-Z0-9][A-Z0-9._-]{0,63}$/u
const maxQuantity = 1_000_000

/** Applies the rules to one row: codes are upper-cased, prices become pence exactly, spaces are collapsed. */
export function cleanRow(row: RetailRow): CleanedRow {
  const sku = row.StockCode.trim().toUpperCase()
  if (notProducts.test(sku)) return { refused: 'not a product', product: false }
  if (!skuPattern.test(sku)) return { refused: 'code unusable', product: false }
  const priceCents = toPence(row.UnitPrice)
  const name = row.Description.trim().replaceAll(/\s+/gu, ' ')
  const product = priceCents !== undefined && priceCents > 0 ? { sku, name, priceCents } : false
  const refused = refusalOf(row, priceCents)
  if (refused !== undefined || product === false) return { refused: refused ?? 'price unusable', product }
  const customer = row.CustomerID.replace(/\.0$/u, '')
  return { line: { invoice: row.InvoiceNo, customer, quantity: Number(row.Quantity), ...product }, product: true }
}

function refusalOf(row: RetailRow, priceCents: number | undefined): RefusalReason | undefined {
  if (/^[CA]/iu.test(row.InvoiceNo) || /^-\d/u.test(row.Quantity)) return 'return or correction'
  if (!/^\d{1,7}$/u.test(row.Quantity)) return 'quantity unusable'
  const quantity = Number(row.Quantity)
  if (quantity < 1 || quantity > maxQuantity) return 'quantity unusable'
  if (priceCents === undefined) return 'price unusable'
  if (priceCents === 0) return 'price is zero'
  if (row.InvoiceNo === '') return 'invoice missing'
  if (row.CustomerID === '') return 'customer missing'
  return undefined
}

/** Pounds in decimal notation to pence, without floating point; undefined for anything else and for parts of a penny. */
export function toPence(pounds: string): number | undefined {
  const match = /^(\d{1,9})(?:\.(\d{1,2})0*)?$/u.exec(pounds)
  if (match === null) return undefined
  const [, whole = '0', fraction = ''] = match
  return Number(whole) * 100 + Number(fraction.padEnd(2, '0'))
}
