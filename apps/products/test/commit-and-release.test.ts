import { randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { commit, orders, release, reserve, sell, stockOf, useProducts } from './harness.ts'

const products = useProducts()

async function held(quantity = 2): Promise<{ sku: string; orderId: string }> {
  const sku = await sell(products, { stock: 5 })
  const orderId = randomUUID()
  await reserve(products, [{ sku, quantity }], orderId)
  return { sku, orderId }
}

describe('POST /holds/commit', () => {
  it('sells what was held', async () => {
    const { sku, orderId } = await held()
    expect(await commit(products, orderId)).toMatchObject({ status: 200, body: { orderId, state: 'COMMITTED', lines: [{ sku }] } })
    expect(await stockOf(products, sku)).toEqual({ available: 3, reserved: 0, sold: 2 })
  })

  it('sells once when it comes twice', async () => {
    const { sku, orderId } = await held()
    const first = await commit(products, orderId)
    expect((await commit(products, orderId)).body).toEqual(first.body)
    expect(await stockOf(products, sku)).toEqual({ available: 3, reserved: 0, sold: 2 })
  })

  it('sells once when it comes 50 times at once', async () => {
    const { sku, orderId } = await held()
    const answers = await Promise.all(Array.from({ length: 50 }, () => commit(products, orderId)))
    expect(answers.every(({ body }) => body.state === 'COMMITTED')).toBe(true)
    expect(await stockOf(products, sku)).toEqual({ available: 3, reserved: 0, sold: 2 })
  })

  it('refuses an order without a hold', async () => {
    const orderId = randomUUID()
    expect((await commit(products, orderId)).body).toEqual({ orderId, refused: 'not-found' })
  })

  it('refuses it after a release', async () => {
    const { sku, orderId } = await held()
    await release(products, orderId)
    expect(await commit(products, orderId)).toMatchObject({ body: { refused: 'invalid-transition' } })
    expect(await stockOf(products, sku)).toEqual({ available: 5, reserved: 0, sold: 0 })
  })

  it('refuses it on a tombstone', async () => {
    const orderId = randomUUID()
    await release(products, orderId)
    expect(await commit(products, orderId)).toMatchObject({ body: { refused: 'invalid-transition' } })
  })

  it('refuses it on a refused hold', async () => {
    const { orderId } = await held(99)
    expect(await commit(products, orderId)).toMatchObject({ body: { refused: 'invalid-transition' } })
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

  it('against a commit at once ends released, with all stock back or with a refused commit', async () => {
    for (let round = 0; round < 10; round++) {
      const { sku, orderId } = await held()
      const [committed, released] = await Promise.all([commit(products, orderId), release(products, orderId)])
      expect(['COMMITTED', undefined]).toContain(committed.body.state)
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
