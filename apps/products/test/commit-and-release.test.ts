import { randomUUID } from 'node:crypto'
import { inboxCollection } from '@polystore/events/mongo'
import { describe, expect, it } from 'vitest'
import {
  commit,
  confirmed,
  customer,
  eventHeaders,
  failedOrders,
  orders,
  release,
  reserve,
  sell,
  staff,
  stockEventsOf,
  stockOf,
  tell,
  useProducts,
} from './harness.ts'

const products = useProducts()

async function held(quantity = 2): Promise<{ sku: string; orderId: string }> {
  const sku = await sell(products, { stock: 5 })
  const orderId = randomUUID()
  await reserve(products, [{ sku, quantity }], orderId)
  return { sku, orderId }
}

describe('order.confirmed', () => {
  it('sells what was held', async () => {
    const { sku, orderId } = await held()
    expect(await commit(products, orderId)).toMatchObject({ status: 200, body: { orderId, state: 'COMMITTED', lines: [{ sku }] } })
    expect(await stockOf(products, sku)).toEqual({ available: 3, reserved: 0, sold: 2 })
  })

  it('sells once, however often it is told, in one batch and in many at once', async () => {
    const { sku, orderId } = await held()
    const again = confirmed(orderId)
    const batch = [again, again, ...Array.from({ length: 10 }, () => confirmed(orderId))]
    await Promise.all(Array.from({ length: 10 }, () => tell(products, batch)))
    expect(await stockOf(products, sku)).toEqual({ available: 3, reserved: 0, sold: 2 })
    expect(await products.dependencies.stock.get(sku)).toMatchObject({ version: 3 })
  })

  it('sells the sum of a batch by one change of each SKU, which nobody is told of', async () => {
    const [one, other] = [await sell(products, { stock: 90 }), await sell(products, { stock: 90 })]
    const orderIds = Array.from({ length: 30 }, () => randomUUID())
    const body = { orders: orderIds.map((orderId) => ({ orderId, lines: [one, other, one].map((sku) => ({ sku, quantity: 1 })) })) }
    await products.call('POST', '/holds/reserve', { as: orders, body })
    await tell(products, orderIds.map(confirmed))
    expect(await products.dependencies.stock.get(one)).toMatchObject({ available: 30, reserved: 0, sold: 60, version: 3 })
    expect(await products.dependencies.stock.get(other)).toMatchObject({ available: 60, reserved: 0, sold: 30, version: 3 })
    expect(await stockEventsOf(products, one)).toHaveLength(1)
  })

  it('changes nothing when the order was cancelled meanwhile', async () => {
    const { sku, orderId } = await held()
    await release(products, orderId)
    expect((await commit(products, orderId)).body.state).toBe('RELEASED')
    expect(await stockOf(products, sku)).toEqual({ available: 5, reserved: 0, sold: 0 })
    expect(await failedOrders(products)).not.toContain(orderId)
  })

  it('of an order that holds nothing is kept as a failure, and the others of its batch are sold', async () => {
    const { sku, orderId } = await held()
    const [unknown, refused, tombstone] = [randomUUID(), (await held(99)).orderId, randomUUID()]
    await release(products, tombstone)
    await tell(products, [unknown, orderId, refused, tombstone].map(confirmed))
    expect(await failedOrders(products)).toEqual(expect.arrayContaining([unknown, refused, tombstone]))
    expect(await failedOrders(products)).not.toContain(orderId)
    expect(await stockOf(products, sku)).toEqual({ available: 3, reserved: 0, sold: 2 })
  })

  it('keeps no note of the event: the hold is one', async () => {
    const { orderId } = await held()
    await commit(products, orderId)
    expect(await products.database.collection(inboxCollection).countDocuments()).toBe(0)
  })

  it('comes from services alone', async () => {
    const body = [confirmed(randomUUID())]
    for (const as of [staff, customer]) {
      expect((await products.call('POST', '/internal/events', { as, body, headers: eventHeaders })).status).toBe(403)
    }
    expect((await products.call('POST', '/internal/events', { as: orders, body })).status).toBe(415)
  })

  it('a reserve after it gets the stored result', async () => {
    const { sku, orderId } = await held()
    await commit(products, orderId)
    expect((await reserve(products, [{ sku, quantity: 2 }], orderId)).body.state).toBe('COMMITTED')
    expect(await stockOf(products, sku)).toEqual({ available: 3, reserved: 0, sold: 2 })
  })
})

describe('POST /holds/release', () => {
  it('gives back what was held', async () => {
    const { sku, orderId } = await held()
    expect(await release(products, orderId)).toMatchObject({ status: 200, body: { orderId, state: 'RELEASED', lines: [{ sku }] } })
    expect(await stockOf(products, sku)).toEqual({ available: 5, reserved: 0, sold: 0 })
  })

  it('gives back once when it comes 50 times at once', async () => {
    const { sku, orderId } = await held()
    const answers = await Promise.all(Array.from({ length: 50 }, () => release(products, orderId)))
    expect(answers.every(({ body }) => body.state === 'RELEASED')).toBe(true)
    expect(await stockOf(products, sku)).toEqual({ available: 5, reserved: 0, sold: 0 })
  })

  it('returns what was sold, once', async () => {
    const { sku, orderId } = await held()
    await commit(products, orderId)
    expect((await release(products, orderId)).body.state).toBe('RELEASED')
    expect((await release(products, orderId)).body.state).toBe('RELEASED')
    expect(await stockOf(products, sku)).toEqual({ available: 5, reserved: 0, sold: 0 })
  })

  it('leaves a refused hold as it is', async () => {
    const { sku, orderId } = await held(99)
    expect((await release(products, orderId)).body).toMatchObject({ state: 'REJECTED', skus: [sku] })
  })

  it('leaves a tombstone as it is', async () => {
    const orderId = randomUUID()
    await release(products, orderId)
    expect((await release(products, orderId)).body).toEqual({ orderId, state: 'TOMBSTONE' })
  })

  it('a reserve after it gets the stored result', async () => {
    const { sku, orderId } = await held()
    await release(products, orderId)
    expect((await reserve(products, [{ sku, quantity: 2 }], orderId)).body.state).toBe('RELEASED')
    expect(await stockOf(products, sku)).toEqual({ available: 5, reserved: 0, sold: 0 })
  })

  it('against a confirmation at once ends released, with all stock back', async () => {
    for (let round = 0; round < 10; round++) {
      const { sku, orderId } = await held()
      const [, released] = await Promise.all([commit(products, orderId), release(products, orderId)])
      expect(released.body.state).toBe('RELEASED')
      expect(await stockOf(products, sku)).toEqual({ available: 5, reserved: 0, sold: 0 })
    }
  })

  it('against a reserve at once leaves either a released hold or a tombstone', async () => {
    const sku = await sell(products, { stock: 5 })
    for (let round = 0; round < 20; round++) {
      const orderId = randomUUID()
      await Promise.all([reserve(products, [{ sku, quantity: 1 }], orderId), release(products, orderId)])
      const { body } = await products.call('GET', `/holds/${orderId}`, { as: orders })
      expect(['RELEASED', 'TOMBSTONE']).toContain(body.state)
    }
    expect(await stockOf(products, sku)).toEqual({ available: 5, reserved: 0, sold: 0 })
  })
})

describe('the ledger', () => {
  it('has a row for every step of a hold, with the order and who acted', async () => {
    const { sku, orderId } = await held()
    await commit(products, orderId)
    await release(products, orderId)
    const { body } = await products.call('GET', `/stock/${sku}/movements`)
    expect(body.items.map(({ kind, quantity }: { kind: string; quantity: number }) => [kind, quantity])).toEqual([
      ['return', 2],
      ['commit', 2],
      ['reserve', 2],
      ['adjust', 5],
    ])
    expect(body.items[0]).toMatchObject({ sku, orderId, actor: `order:${orderId}` })
  })
})

describe('GET /holds', () => {
  it('404 for an order without a hold', async () => {
    expect(await products.call('GET', `/holds/${randomUUID()}`, { as: orders })).toMatchObject({ status: 404 })
  })

  it('lists holds of a state by order id, page by page', async () => {
    for (let count = 0; count < 5; count++) await held()
    const all: string[] = []
    for (let pages = 0; pages < 20; pages++) {
      const after = all.at(-1)
      const { body } = await products.call('GET', `/holds?state=HELD&limit=2${after ? `&after=${after}` : ''}`, { as: orders })
      if (body.items.length === 0) break
      all.push(...body.items.map(({ orderId }: { orderId: string }) => orderId))
    }
    const held_ = await products.dependencies.holds.count({ state: { eq: 'HELD' } })
    expect(all).toEqual(all.toSorted())
    expect(new Set(all).size).toBe(held_)
  })
})
