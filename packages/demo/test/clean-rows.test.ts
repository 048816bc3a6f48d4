import { describe, expect, it } from 'vitest'
import { cleanRow, toPence } from '../src/clean-rows.ts'
import type { RetailRow } from '../src/retail-file.ts'

const row: RetailRow = {
  InvoiceNo: '536365',
  StockCode: '85123a',
  Description: 'WHITE  HANGING HEART ',
  Quantity: '6',
  InvoiceDate: '2010-12-01 08:26:00',
  UnitPrice: '2.55',
  CustomerID: '17850.0',
  Country: 'United Kingdom',
}

describe('cleaning a row of the retail file', () => {
  it('upper-cases the code, collapses spaces and reads pounds as pence', () => {
    expect(cleanRow(row)).toEqual({
      product: true,
      line: { invoice: '536365', customer: '17850', sku: '85123A', name: 'WHITE HANGING HEART', quantity: 6, priceCents: 255 },
    })
  })

  it.each([
    ['not a product', { StockCode: 'POST' }],
    ['not a product', { StockCode: 'AMAZONFEE' }],
    ['not a product', { StockCode: 'm' }],
    ['code unusable', { StockCode: '' }],
    ['code unusable', { StockCode: '$where' }],
    ['return or correction', { InvoiceNo: 'C536365' }],
    ['return or correction', { Quantity: '-6' }],
    ['quantity unusable', { Quantity: '0' }],
    ['quantity unusable', { Quantity: '1.5' }],
    ['quantity unusable', { Quantity: 'six' }],
    ['quantity unusable', { Quantity: '1000001' }],
    ['price is zero', { UnitPrice: '0.0' }],
    ['price unusable', { UnitPrice: '-1.00' }],
    ['price unusable', { UnitPrice: '2.555' }],
    ['price unusable', { UnitPrice: 'NaN' }],
    ['invoice missing', { InvoiceNo: '' }],
    ['customer missing', { CustomerID: '' }],
  ])('refuses a row because: %s (%o)', (reason, change) => {
    expect(cleanRow({ ...row, ...change })).toMatchObject({ refused: reason })
  })

  it('knows the product of a row that cannot be ordered', () => {
    expect(cleanRow({ ...row, CustomerID: '' }).product).toMatchObject({ sku: '85123A', priceCents: 255 })
  })

  it.each([
    ['0.1', 10],
    ['0.29', 29],
    ['1.15', 115],
    ['5942.57', 594_257],
    ['4', 400],
    ['2.5500', 255],
    ['1e3', undefined],
    ['', undefined],
  ])('reads %s pounds as %s pence', (pounds, pence) => {
    expect(toPence(pounds)).toBe(pence)
  })
})
