import type { RetailRow } from './retail-file.ts'
import { seededRandom } from './seeded-random.ts'

const adjectives = ['RED', 'WHITE', 'VINTAGE', 'PINK', 'GLASS', 'WOODEN', 'RETROSPOT', 'IVORY', 'SMALL', 'SET OF 6']
const nouns = ['LANTERN', 'MUG', 'TEA TOWEL', 'PHOTO FRAME', 'LUNCH BAG', 'CAKE STAND', 'DOORMAT', 'CANDLE', 'CLOCK', 'BUNTING']

/**
 * Rows of the same shape and with the same faults as the real file (returns, missing customers, zero prices, codes that are no
 * products, several descriptions of one code, stray spaces), for who has no such file. The same seed makes the same rows.
 */
export async function* sampleRows(invoices: number, seed: number): AsyncIterable<RetailRow> {
  const random = seededRandom(seed)
  const pick = (below: number) => Math.floor(random() * below)
  const products = Array.from({ length: 3_000 }, (_, index) => ({
    code: `${20_000 + index}${index % 9 === 0 ? 'A' : ''}`,
    name: `${adjectives[pick(10)]} ${nouns[pick(10)]}`,
    price: (pick(1_500) + 25) / 100,
  }))
  // Every product is seen once in an invoice without a customer, as stock-taking rows are in the real file.
  for (const { code, name, price } of products) yield row('530000', code, name, 1, price, '')
  for (let index = 0; index < invoices; index++) {
    const invoice = String(536_000 + index)
    const customer = `${12_000 + pick(700)}.0`
    const lines = 1 + pick(4)
    for (let line = 0; line < lines; line++) {
      // A third of the lines falls on twenty products, so that some SKUs are hot.
      const product = products[random() < 0.33 ? pick(20) : pick(products.length)]
      if (product === undefined) continue
      yield row(invoice, dirtyCase(product.code, pick(20)), ` ${product.name}  `, 1 + pick(12), product.price, customer)
    }
    if (index % 40 === 0) yield row(`C${invoice}`, '20001', 'RETURNED', -3, 1.25, customer)
    if (index % 50 === 0) yield row(invoice, 'POST', 'POSTAGE', 1, 18, customer)
    if (index % 60 === 0) yield row(invoice, '20002', '', 2, 0, customer)
    if (index % 70 === 0) yield row(`${invoice}9`, '20003', 'WALK-IN', 2, 1.65, '')
  }
}

function dirtyCase(code: string, chance: number): string {
  return chance === 0 ? code.toLowerCase() : code
}

function row(invoice: string, code: string, name: string, quantity: number, price: number, customer: string): RetailRow {
  return {
    InvoiceNo: invoice,
    StockCode: code,
    Description: name,
    Quantity: String(quantity),
    InvoiceDate: '2010-12-01 08:26:00',
    UnitPrice: price.toFixed(2),
    CustomerID: customer,
    Country: 'United Kingdom',
  }
}
