import { randomUUID } from 'node:crypto'
import { createServiceClient } from '@polystore/service-kit'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OrderRepository } from '../src/orders/order-repository.ts'
import { ProductsClient } from '../src/orders/products-client.ts'
import { brokenEquations, reconcileStock } from '../src/reconciliation/reconcile-stock.ts'
import { eventually } from './support/eventually.ts'
import { World } from './support/world.ts'

let world: World
let client: ReturnType<typeof createServiceClient>
let products: ProductsClient

beforeAll(async () => {
  world = await World.create({ RECONCILE_INTERVAL_SECONDS: '1' })
  client = createServiceClient({ baseUrl: world.products.url, caller: 'orders', secret: world.secret, timeoutMs: 5_000 })
  products = new ProductsClient(client)
})
afterAll(async () => {
  await client.close()
  await world.close()
})

const reconcile = async (repair: boolean) => reconcileStock({ orders: new OrderRepository(world.database), products }, repair)

describe('reconciliation of stock', () => {
  it('finds nothing after orders, refusals and cancellations', async () => {
    const customer = await world.customer()
    const sku = await world.product({ stock: 5 })
    const placed = await world.place(customer, [{ sku, quantity: 2 }])
    await world.place(customer, [{ sku, quantity: 4 }])
    await world.cancel(customer, placed.json().id)
    await world.place(customer, [{ sku, quantity: 1 }])
    const report = await eventually(async () => {
      const now = await reconcile(false)
      return now.orphans.length === 0 ? now : undefined
    })
    expect(report).toMatchObject({ drifts: [], orphans: [] })
    expect(report.skus).toBeGreaterThanOrEqual(1)
  })

  it('finds a hold that no order stands behind, and releases it on demand', async () => {
    const sku = await world.product({ stock: 5 })
    const orderId = randomUUID()
    await products.reserve(orderId, [{ sku, quantity: 2 }])
    expect((await reconcile(false)).orphans).toEqual([{ orderId, remedy: 'release' }])
    expect(await reconcile(true)).toMatchObject({ repaired: 1 })
    expect((await reconcile(false)).orphans).toEqual([])
    expect(await world.stock(sku)).toEqual({ available: 5, reserved: 0, sold: 0 })
  })

  it('finds a confirmed order that products never heard of, and tells it on demand', async () => {
    const sku = await world.product({ stock: 5 })
    const [young, old] = [randomUUID(), randomUUID()]
    for (const [orderId, seconds] of [
      [young, 0],
      [old, 120],
    ] as const) {
      await products.reserve(orderId, [{ sku, quantity: 1 }])
      await world.database.execute(sql`
        insert into orders (id, user_id, status, expires_at, updated_at)
        values (${orderId}, ${randomUUID()}, 'CONFIRMED', now(), now() - make_interval(secs => ${seconds}))`)
    }
    const ids = new Set<string>([young, old])
    const ours = async (repair: boolean) => (await reconcile(repair)).orphans.filter(({ orderId }) => ids.has(orderId))
    // The event of the young one may still be on its way.
    expect(await ours(false)).toEqual([{ orderId: old, remedy: 'commit' }])
    expect(await ours(true)).toEqual([{ orderId: old, remedy: 'commit' }])
    await eventually(async () => ((await products.hold(old)).state === 'COMMITTED' ? true : undefined))
    expect(await ours(false)).toEqual([])
    expect(await world.stock(sku)).toEqual({ available: 3, reserved: 1, sold: 1 })
    await products.release(young)
    await world.database.execute(sql`update orders set status = 'CANCELLED' where id = ${young}`)
  })

  it('shows drift and orphan holds at /metrics', async () => {
    const sku = await world.product({ stock: 5 })
    const orderId = randomUUID()
    await products.reserve(orderId, [{ sku, quantity: 2 }])
    const shown = async (orphans: number) =>
      eventually(async () => {
        const { body } = await world.service.inject({ method: 'GET', url: '/metrics' })
        const value = (name: string) => new RegExp(`^${name}(?:\\{.*\\})? (\\d+)`, 'mu').exec(body)?.[1]
        return value('polystore_orphan_holds') === String(orphans) ? value('polystore_stock_drift_skus') : undefined
      })
    expect(await shown(1)).toBe('0')
    await reconcile(true)
    expect(await shown(0)).toBe('0')
  })

  it('names each equation that does not hold', () => {
    const sound = { sku: 'A', available: 5, reserved: 2, sold: 3, adjusted: 10, held: 2, committed: 3 }
    expect(brokenEquations(sound)).toEqual([])
    expect(brokenEquations({ ...sound, reserved: 1 })).toEqual(['ledger', 'reserved'])
    expect(brokenEquations({ ...sound, available: -1, adjusted: 4 })).toEqual(['negative'])
    expect(brokenEquations({ ...sound, sold: 4, adjusted: 11 })).toEqual(['sold'])
  })
})
