import { randomUUID } from 'node:crypto'
import type { HoldOutcome } from '@polystore/contracts'
import { describe, expect, it } from 'vitest'
import { productCollection } from '../src/products/product-collection.ts'
import { stockCollection } from '../src/stock/stock-collection.ts'
import {
  confirmed,
  failedOrders,
  newSku,
  orders,
  reserve,
  sell,
  stateOf,
  stockEventsOf,
  stockOf,
  tell,
  useProducts,
  type Answer,
} from './harness.ts'

const products = useProducts()

interface Wanted {
  readonly orderId: string
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[]
}

function wanted(sku: string, quantity = 1, orderId: string = randomUUID()): Wanted {
  return { orderId, lines: [{ sku, quantity }] }
}

function reserveAll(all: readonly Wanted[]): Promise<Answer> {
  return products.call('POST', '/holds/reserve', { as: orders, body: { orders: all } })
}

function release(orderIds: readonly string[]): Promise<Answer> {
  return products.call('POST', '/holds/release', { as: orders, body: { orderIds } })
}

function statesOf({ body }: Answer): string[] {
  return body.outcomes.map((outcome: HoldOutcome) => stateOf(outcome))
}

describe('one command for many orders', () => {
  it('answers each by itself, in their order, also one that is named twice', async () => {
    const sku = await sell(products, { stock: 5 })
    const [first, second, late] = [wanted(sku, 3), wanted(sku, 2), wanted(sku)]
    const answer = await reserveAll([first, second, first, late, wanted(newSku())])
    expect(statesOf(answer)).toEqual(['HELD', 'HELD', 'HELD', 'REJECTED', 'REJECTED'])
    expect(answer.body.outcomes[2]).toEqual(answer.body.outcomes[0])
    await tell(products, [confirmed(first.orderId)])
    expect(statesOf(await release([second.orderId, first.orderId, randomUUID()]))).toEqual(['RELEASED', 'RELEASED', 'TOMBSTONE'])
    expect(await stockOf(products, sku)).toEqual({ available: 5, reserved: 0, sold: 0 })
  })

  it('changes the stock document of a SKU once, and tells once what became of it', async () => {
    const sku = await sell(products, { stock: 40 })
    await reserveAll(Array.from({ length: 40 }, () => wanted(sku)))
    expect(await products.dependencies.stock.get(sku)).toMatchObject({ available: 0, reserved: 40, version: 2 })
    expect(await stockEventsOf(products, sku)).toMatchObject([
      { type: 'stock.replenished', sequence: 1 },
      { type: 'stock.depleted', sequence: 2 },
    ])
  })

  it('moves an order of many SKUs, each by its own quantity', async () => {
    const lines = Array.from({ length: 130 }, (_, index) => ({ sku: newSku(), quantity: 1 + (index % 3) }))
    const items = lines.map(({ sku, quantity }) => ({
      name: sku,
      status: 'active',
      variants: [{ sku, priceCents: 100, currency: 'GBP', initialStock: 10 + quantity }],
    }))
    await products.call('POST', '/products/bulk', { body: { items } })
    const orderId = randomUUID()
    expect(statesOf(await reserveAll([{ orderId, lines }]))).toEqual(['HELD'])
    await tell(products, [confirmed(orderId)])
    for (const { sku, quantity } of lines) {
      expect(await products.dependencies.stock.get(sku)).toMatchObject({ available: 10, reserved: 0, sold: quantity, version: 3 })
    }
  })

  it.each([
    ['reserve', { orders: [] }],
    ['reserve', { orders: Array.from({ length: 65 }, () => wanted('A')) }],
    ['release', { orderIds: [] }],
    ['release', { orderIds: ['zz'] }],
    ['release', { orderIds: Array.from({ length: 65 }, () => randomUUID()) }],
  ])('400 for a %s of too few, too many or what is no order', async (kind, body) => {
    expect((await products.call('POST', `/holds/${kind}`, { as: orders, body })).status).toBe(400)
  })
})

describe('one order that cannot be done', () => {
  it('waits for a repair of its stock while the others of its batch are done', async () => {
    const [broken, fine] = [await sell(products, { stock: 5 }), await sell(products, { stock: 5 })]
    const [poisoned, other] = [wanted(broken, 2), wanted(fine, 2)]
    await reserveAll([poisoned, other])
    await products.database.collection(stockCollection).updateOne({ _id: broken }, { $set: { reserved: 0, available: 3 } })
    await tell(
      products,
      [poisoned, other].map(({ orderId }) => confirmed(orderId)),
    )
    expect(await failedOrders(products)).toEqual([poisoned.orderId])
    expect(await stockOf(products, fine)).toEqual({ available: 3, reserved: 0, sold: 2 })
    await products.call('POST', `/stock/${broken}/repair`, { as: orders })
    await tell(products, [confirmed(poisoned.orderId)])
    expect(await stockOf(products, broken)).toEqual({ available: 3, reserved: 0, sold: 2 })
  })

  it('is found by halves when the database refuses what it writes', async () => {
    const [broken, fine] = [await sell(products, { stock: 5 }), await sell(products, { stock: 50 })]
    const price = { $set: { 'variants.0.priceCents': -1 } }
    await products.database.collection(productCollection).updateOne({ 'variants.sku': broken }, price, { bypassDocumentValidation: true })
    const all = Array.from({ length: 9 }, (_, index) => wanted(index === 4 ? broken : fine))
    const states = statesOf(await reserveAll(all))
    expect(states).toEqual(all.map((_, index) => (index === 4 ? 'unavailable' : 'HELD')))
    expect(await stockOf(products, broken)).toEqual({ available: 5, reserved: 0, sold: 0 })
    expect(await stockOf(products, fine)).toEqual({ available: 42, reserved: 8, sold: 0 })
  })
})

describe('what changes stock besides orders', () => {
  it('takes turns with them: adjustments, thresholds and imports at once with reserves lose nothing', async () => {
    const sku = await sell(products, { stock: 100 })
    const adjust = () => products.call('POST', `/stock/${sku}/adjustments`, { body: { quantity: 2, reason: 'delivery' } })
    const variants = [{ sku, priceCents: 100, currency: 'GBP', initialStock: 7, lowStockAt: 3 }]
    const again = () => products.call('POST', '/products/bulk', { body: { items: [{ name: 'again', status: 'active', variants }] } })
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => [
        reserve(products, [{ sku, quantity: 1 }]),
        adjust(),
        index % 10 === 0 ? again() : products.call('PATCH', `/stock/${sku}`, { body: { lowStockAt: index } }),
      ]).flat(),
    )
    expect(answers.map(({ status }) => status).filter((status) => status >= 400)).toEqual([])
    expect(await stockOf(products, sku)).toEqual({ available: 130, reserved: 30, sold: 0 })
  })
})
