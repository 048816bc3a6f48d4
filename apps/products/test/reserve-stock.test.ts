import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { customer, newSku, orders, release, reserve, sell, staff, stockEventsOf, stockOf, useProducts } from './harness.ts'

const products = useProducts()

describe('POST /holds/reserve', () => {
  it('holds the stock and answers with prices', async () => {
    const sku = await sell(products, { stock: 5, priceCents: 1234 })
    const orderId = randomUUID()
    const { status, body } = await reserve(products, [{ sku, quantity: 2 }], orderId)
    expect(status).toBe(200)
    expect(body).toEqual({
      orderId,
      state: 'HELD',
      lines: [{ sku, quantity: 2, name: `Product ${sku}`, unitPriceCents: 1234, currency: 'GBP' }],
    })
    expect(await stockOf(products, sku)).toEqual({ available: 3, reserved: 2, sold: 0 })
  })

  it('REJECTED when one SKU on two lines is above stock', async () => {
    const sku = await sell(products, { stock: 5 })
    const { body } = await reserve(products, [
      { sku, quantity: 3 },
      { sku, quantity: 3 },
    ])
    expect(body).toMatchObject({ state: 'REJECTED', reason: 'insufficient-stock', skus: [sku] })
    expect(await stockOf(products, sku)).toEqual({ available: 5, reserved: 0, sold: 0 })
  })

  it('merges two lines of one SKU', async () => {
    const sku = await sell(products, { stock: 5 })
    const { body } = await reserve(products, [
      { sku, quantity: 2 },
      { sku, quantity: 3 },
    ])
    expect(body.lines).toMatchObject([{ sku, quantity: 5 }])
    expect(await stockOf(products, sku)).toEqual({ available: 0, reserved: 5, sold: 0 })
  })

  it('REJECTED when lines of one SKU add up to more than a line can carry', async () => {
    const sku = await sell(products, { stock: 1_000_000 })
    await products.call('POST', `/stock/${sku}/adjustments`, { body: { quantity: 1_000_000, reason: 'more' } })
    const { body } = await reserve(products, [
      { sku, quantity: 1_000_000 },
      { sku, quantity: 1 },
    ])
    expect(body).toMatchObject({ state: 'REJECTED', reason: 'insufficient-stock' })
  })

  it('holds nothing when the second SKU is short, and names every short SKU', async () => {
    const [plenty, scarce, empty] = [await sell(products, { stock: 9 }), await sell(products, { stock: 1 }), await sell(products)]
    const lines = [plenty, scarce, empty].map((sku) => ({ sku, quantity: 2 }))
    const { body } = await reserve(products, lines)
    expect(body).toMatchObject({ state: 'REJECTED', reason: 'insufficient-stock', skus: [scarce, empty].toSorted() })
    expect(await stockOf(products, plenty)).toEqual({ available: 9, reserved: 0, sold: 0 })
  })

  it('unknown-sku wins over a shortage', async () => {
    const [empty, unknown] = [await sell(products), newSku()]
    const { body } = await reserve(products, [
      { sku: empty, quantity: 1 },
      { sku: unknown, quantity: 1 },
    ])
    expect(body).toMatchObject({ state: 'REJECTED', reason: 'unknown-sku', skus: [unknown] })
  })

  it.each(['draft', 'archived'] as const)('unknown-sku when the product is %s', async (status) => {
    const sku = await sell(products, { stock: 5, status })
    expect((await reserve(products, [{ sku, quantity: 1 }])).body).toMatchObject({ reason: 'unknown-sku', skus: [sku] })
  })

  it('unknown-sku when the product was deleted', async () => {
    const sku = await sell(products, { stock: 5 })
    const { body } = await products.call('GET', '/products?limit=1&sort=-createdAt')
    await products.call('DELETE', `/products/${body.items[0].id}`)
    expect((await reserve(products, [{ sku, quantity: 1 }])).body).toMatchObject({ reason: 'unknown-sku' })
  })

  it('mixed-currencies when prices are in two', async () => {
    const [pounds, euros] = [await sell(products, { stock: 5 }), await sell(products, { stock: 5, currency: 'EUR' })]
    const { body } = await reserve(products, [
      { sku: pounds, quantity: 1 },
      { sku: euros, quantity: 1 },
    ])
    expect(body).toMatchObject({ state: 'REJECTED', reason: 'mixed-currencies' })
  })

  it('a repeated id gets the stored result, also with another body', async () => {
    const sku = await sell(products, { stock: 5 })
    const orderId = randomUUID()
    const first = await reserve(products, [{ sku, quantity: 2 }], orderId)
    expect((await reserve(products, [{ sku, quantity: 2 }], orderId)).body).toEqual(first.body)
    expect((await reserve(products, [{ sku, quantity: 1 }], orderId)).body).toEqual(first.body)
    expect(await stockOf(products, sku)).toEqual({ available: 3, reserved: 2, sold: 0 })
  })

  it('a refusal stays when stock has come since', async () => {
    const sku = await sell(products)
    const orderId = randomUUID()
    await reserve(products, [{ sku, quantity: 1 }], orderId)
    await products.call('POST', `/stock/${sku}/adjustments`, { body: { quantity: 5, reason: 'delivery' } })
    expect((await reserve(products, [{ sku, quantity: 1 }], orderId)).body.state).toBe('REJECTED')
  })

  it('the price stays as it was held', async () => {
    const sku = await sell(products, { stock: 5, priceCents: 100 })
    const orderId = randomUUID()
    await reserve(products, [{ sku, quantity: 1 }], orderId)
    const variants = [{ sku, priceCents: 200, currency: 'GBP' }]
    await products.call('POST', '/products/bulk', { body: { items: [{ name: 'dearer', status: 'active', variants }] } })
    expect((await reserve(products, [{ sku, quantity: 1 }], orderId)).body.lines[0].unitPriceCents).toBe(100)
    expect((await reserve(products, [{ sku, quantity: 1 }])).body.lines[0].unitPriceCents).toBe(200)
  })

  it('TOMBSTONE when the release came first', async () => {
    const sku = await sell(products, { stock: 5 })
    const orderId = randomUUID()
    expect((await release(products, orderId)).body).toEqual({ orderId, state: 'TOMBSTONE' })
    expect((await reserve(products, [{ sku, quantity: 1 }], orderId)).body).toEqual({ orderId, state: 'TOMBSTONE' })
    expect(await stockOf(products, sku)).toEqual({ available: 5, reserved: 0, sold: 0 })
  })

  it('exactly one of 200 buyers gets the last piece', async () => {
    const sku = await sell(products, { stock: 1 })
    const answers = await Promise.all(Array.from({ length: 200 }, () => reserve(products, [{ sku, quantity: 1 }])))
    expect(answers.map(({ status }) => status)).toEqual(Array(200).fill(200))
    expect(answers.filter(({ body }) => body.state === 'HELD')).toHaveLength(1)
    expect(answers.filter(({ body }) => body.reason === 'insufficient-stock')).toHaveLength(199)
    expect(await stockOf(products, sku)).toEqual({ available: 0, reserved: 1, sold: 0 })
  })

  it('100 requests for one order hold once', async () => {
    const sku = await sell(products, { stock: 500 })
    const orderId = randomUUID()
    const answers = await Promise.all(Array.from({ length: 100 }, () => reserve(products, [{ sku, quantity: 3 }], orderId)))
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1)
    expect(await stockOf(products, sku)).toEqual({ available: 497, reserved: 3, sold: 0 })
  })

  it('A,B against B,A never block each other', async () => {
    const [a, b] = [await sell(products, { stock: 30 }), await sell(products, { stock: 30 })]
    const both = [a, b].map((sku) => ({ sku, quantity: 1 }))
    const answers = await Promise.all(Array.from({ length: 80 }, (_, n) => reserve(products, n % 2 ? both : both.toReversed())))
    expect(answers.every(({ status }) => status === 200)).toBe(true)
    expect(answers.filter(({ body }) => body.state === 'HELD')).toHaveLength(30)
    expect(await stockOf(products, a)).toEqual({ available: 0, reserved: 30, sold: 0 })
    expect(await stockOf(products, b)).toEqual({ available: 0, reserved: 30, sold: 0 })
  })

  it('tells once that stock is low, when it falls to the threshold', async () => {
    const sku = await sell(products, { stock: 5, lowStockAt: 3 })
    for (let bought = 0; bought < 4; bought++) await reserve(products, [{ sku, quantity: 1 }])
    expect(await stockEventsOf(products, sku)).toMatchObject([
      { type: 'stock.replenished', sequence: 1 },
      { type: 'stock.low', sequence: 4, data: { sku, available: 3, lowStockAt: 3 } },
    ])
  })

  it.each([
    ['no lines', { lines: [] }],
    ['a quantity of 0', { lines: [{ sku: 'A', quantity: 0 }] }],
    ['a fraction', { lines: [{ sku: 'A', quantity: 1.5 }] }],
    ['a text as quantity', { lines: [{ sku: 'A', quantity: '1' }] }],
    ['an operator as SKU', { lines: [{ sku: { $ne: null }, quantity: 1 }] }],
    ['a price', { lines: [{ sku: 'A', quantity: 1, priceCents: 1 }] }],
    ['1,001 lines', { lines: Array(1_001).fill({ sku: 'A', quantity: 1 }) }],
  ])('400 for %s', async (_name, body) => {
    const answer = await products.call('POST', '/holds/reserve', { as: orders, body: { orders: [{ orderId: randomUUID(), ...body }] } })
    expect(answer).toMatchObject({ status: 400, body: { type: '/problems/invalid-request' } })
  })

  it('400 when the order id is no UUID', async () => {
    const answer = await reserve(products, [{ sku: 'A', quantity: 1 }], 'zz')
    expect(answer).toMatchObject({ status: 400, body: { type: '/problems/invalid-request' } })
  })

  it.each([
    ['a customer', customer],
    ['staff', staff],
  ])('403 for %s', async (_name, as) => {
    const answer = await products.call('POST', '/holds/reserve', { as, body: { orders: [] } })
    expect(answer).toMatchObject({ status: 403, body: { type: '/problems/forbidden' } })
  })
})
