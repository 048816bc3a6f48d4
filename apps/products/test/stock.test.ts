import { describe, expect, it } from 'vitest'
import { stockCollection } from '../src/stock/stock-collection.ts'
import {
  anonymous,
  commit,
  customer,
  newSku,
  orders,
  reserve,
  sell,
  staff,
  stockEventsOf,
  stockOf,
  useProducts,
  type Answer,
} from './harness.ts'

const products = useProducts()

async function adjust(sku: string, quantity: number, key?: string): Promise<Answer> {
  const headers = key === undefined ? {} : { 'idempotency-key': key }
  return products.call('POST', `/stock/${sku}/adjustments`, { body: { quantity, reason: 'delivery' }, headers })
}

describe('POST /stock/{sku}/adjustments', () => {
  it('201 adds pieces and writes the ledger', async () => {
    const sku = await sell(products)
    const { status, body } = await adjust(sku, 7)
    expect(status).toBe(201)
    expect(body).toMatchObject({ sku, kind: 'adjust', quantity: 7, reason: 'delivery', actor: 'user:ada', availableAfter: 7 })
    expect((await stockOf(products, sku)).available).toBe(7)
  })

  it('201 takes pieces away', async () => {
    const sku = await sell(products, { stock: 7 })
    expect((await adjust(sku, -7)).status).toBe(201)
    expect((await stockOf(products, sku)).available).toBe(0)
  })

  it('409 insufficient-stock below zero, and nothing is done', async () => {
    const sku = await sell(products, { stock: 3 })
    expect(await adjust(sku, -4)).toMatchObject({ status: 409, body: { type: '/problems/insufficient-stock', skus: [sku] } })
    expect((await stockOf(products, sku)).available).toBe(3)
  })

  it('done once when the same key comes twice', async () => {
    const sku = await sell(products)
    const first = await adjust(sku, 7, 'delivery-1')
    const second = await adjust(sku, 7, 'delivery-1')
    expect(second.body).toEqual(first.body)
    expect(second.headers['idempotent-replayed']).toBe('true')
    expect((await stockOf(products, sku)).available).toBe(7)
  })

  it('done once when the same key comes 30 times at once', async () => {
    const sku = await sell(products)
    const answers = await Promise.all(Array.from({ length: 30 }, () => adjust(sku, 7, 'delivery-2')))
    expect(answers.every(({ status }) => status === 201)).toBe(true)
    expect((await stockOf(products, sku)).available).toBe(7)
  })

  it('422 when the key was used with another body', async () => {
    const sku = await sell(products)
    await adjust(sku, 7, 'delivery-3')
    expect(await adjust(sku, 8, 'delivery-3')).toMatchObject({ status: 422, body: { type: '/problems/idempotency-key-reused' } })
  })

  it('a key belongs to who used it', async () => {
    const sku = await sell(products)
    await adjust(sku, 7, 'delivery-4')
    const answer = await products.call('POST', `/stock/${sku}/adjustments`, {
      as: { kind: 'user', id: 'bea', roles: ['admin'] },
      body: { quantity: 7, reason: 'delivery' },
      headers: { 'idempotency-key': 'delivery-4' },
    })
    expect(answer.status).toBe(201)
    expect((await stockOf(products, sku)).available).toBe(14)
  })

  it('404 for a SKU that no product has had', async () => {
    expect(await adjust(newSku(), 1)).toMatchObject({ status: 404, body: { type: '/problems/not-found' } })
  })

  it.each([
    ['0 pieces', { quantity: 0, reason: 'x' }],
    ['no reason', { quantity: 1 }],
    ['an empty reason', { quantity: 1, reason: '' }],
    ['a text as quantity', { quantity: '1', reason: 'x' }],
    ['an operator as quantity', { quantity: { $gt: 0 }, reason: 'x' }],
    ['a quantity beyond the bound', { quantity: 1_000_001, reason: 'x' }],
    ['an unknown field', { quantity: 1, reason: 'x', sold: 5 }],
  ])('400 for %s', async (_name, body) => {
    const sku = await sell(products)
    expect(await products.call('POST', `/stock/${sku}/adjustments`, { body })).toMatchObject({ status: 400 })
  })

  it('400 for a key with a space', async () => {
    const sku = await sell(products)
    expect(await adjust(sku, 1, 'a b')).toMatchObject({ status: 400, body: { type: '/problems/invalid-request' } })
  })

  it('403 for a customer, 401 for a stranger', async () => {
    const sku = await sell(products)
    const body = { quantity: 1, reason: 'x' }
    expect((await products.call('POST', `/stock/${sku}/adjustments`, { as: customer, body })).status).toBe(403)
    expect((await products.call('POST', `/stock/${sku}/adjustments`, { as: anonymous, body })).status).toBe(401)
  })

  it('tells that stock is low when an adjustment takes it below the threshold', async () => {
    const sku = await sell(products, { stock: 10 })
    await products.call('PATCH', `/stock/${sku}`, { body: { lowStockAt: 5 } })
    await adjust(sku, -6)
    await adjust(sku, -1)
    expect(await stockEventsOf(products, sku)).toEqual([
      { type: 'stock.replenished', sequence: 1, data: { sku, available: 10 } },
      { type: 'stock.low', sequence: 3, data: { sku, available: 4, lowStockAt: 5 } },
    ])
  })
})

describe('GET /stock/{sku}', () => {
  it('everybody sees what is available and nothing else', async () => {
    const sku = await sell(products, { stock: 3 })
    expect(await products.call('GET', `/stock/${sku}`, { as: anonymous })).toMatchObject({ status: 200, body: { sku, available: 3 } })
    expect(Object.keys((await products.call('GET', `/stock/${sku}`, { as: customer })).body)).toEqual(['sku', 'available'])
  })

  it('staff sees reserved, sold and the threshold', async () => {
    const sku = await sell(products, { stock: 3, lowStockAt: 2 })
    const { body } = await products.call('GET', `/stock/${sku}`, { as: staff })
    expect(body).toEqual({ sku, available: 3, reserved: 0, sold: 0, lowStockAt: 2 })
  })

  it('404 for an unknown SKU', async () => {
    expect((await products.call('GET', `/stock/${newSku()}`)).status).toBe(404)
  })

  it('400 for a SKU with a dollar sign', async () => {
    expect((await products.call('GET', '/stock/$where')).status).toBe(400)
  })
})

describe('PATCH /stock/{sku}', () => {
  it('null turns the event off', async () => {
    const sku = await sell(products, { stock: 3, lowStockAt: 2 })
    expect((await products.call('PATCH', `/stock/${sku}`, { body: { lowStockAt: null } })).body.lowStockAt).toBeNull()
  })

  it('403 for a customer', async () => {
    const sku = await sell(products)
    expect((await products.call('PATCH', `/stock/${sku}`, { as: customer, body: { lowStockAt: 1 } })).status).toBe(403)
  })
})

describe('the schema of the collection', () => {
  it('refuses a negative number as the last guard', async () => {
    const sku = await sell(products, { stock: 1 })
    await expect(products.dependencies.stock.increment(sku, { available: -2 })).rejects.toMatchObject({ code: 'check' })
  })
})

describe('GET /stock/audit', () => {
  it('403 for staff', async () => {
    expect((await products.call('GET', '/stock/audit')).status).toBe(403)
  })

  it('pages by SKU', async () => {
    const { body } = await products.call('GET', '/stock/audit?limit=2', { as: orders })
    const rest = await products.call('GET', `/stock/audit?limit=1000&after=${body.items[1].sku}`, { as: orders })
    const skus = [...body.items, ...rest.body.items].map(({ sku }: { sku: string }) => sku)
    expect(skus).toEqual(skus.toSorted())
    expect(skus).toHaveLength(await products.dependencies.stock.count())
  })
})

describe('POST /stock/{sku}/repair', () => {
  it('sets broken levels to what adjustments and holds add up to', async () => {
    const sku = await sell(products, { stock: 10 })
    await reserve(products, [{ sku, quantity: 2 }])
    const { orderId } = (await reserve(products, [{ sku, quantity: 3 }])).body
    await commit(products, orderId)
    await products.database.collection(stockCollection).updateOne({ _id: sku }, { $set: { available: 9, reserved: 0, sold: 0 } })
    const { status, body } = await products.call('POST', `/stock/${sku}/repair`, { as: orders })
    expect(status).toBe(200)
    expect(body).toEqual({ sku, available: 5, reserved: 2, sold: 3, adjusted: 10, held: 2, committed: 3 })
    expect(await stockOf(products, sku)).toMatchObject({ available: 5, reserved: 2, sold: 3 })
  })

  it('403 for staff, and nothing is changed', async () => {
    const sku = await sell(products, { stock: 10 })
    expect((await products.call('POST', `/stock/${sku}/repair`)).status).toBe(403)
  })

  it('404 for a SKU without stock', async () => {
    expect((await products.call('POST', '/stock/NO-SUCH-SKU/repair', { as: orders })).status).toBe(404)
  })
})
