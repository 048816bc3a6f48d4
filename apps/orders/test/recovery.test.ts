import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OrderPlacer } from '../src/orders/group-writes/order-placer.ts'
import { OrderRepository } from '../src/orders/order-repository.ts'
import { eventually } from './support/eventually.ts'
import { World, type Customer } from './support/world.ts'

let world: World
let customer: Customer

beforeAll(async () => {
  world = await World.create()
  customer = await world.customer()
  // Makes the user known, as an event would.
  await world.place(customer, [{ sku: await world.product({ stock: 1 }), quantity: 1 }])
})
afterAll(async () => world.close())

async function statusOf(orderId: string): Promise<string> {
  return (await world.get(customer, `/orders/${orderId}`)).json().status
}

/** What a process leaves that dies right after it wrote the order. */
async function abandonedOrder(sku: string, expirySeconds: number): Promise<string> {
  const orderId = randomUUID()
  const { database } = world
  const bus = { emit: () => {} }
  const placer = new OrderPlacer({ database, bus, crash: () => {}, graceSeconds: 0, expirySeconds })
  const lines = [{ sku, quantity: 2 }]
  const order = { id: orderId, userId: customer.id, idempotencyKey: orderId, fingerprint: 'x', lines, cart: undefined }
  expect(await placer.place(order)).toMatchObject({ kind: 'placed' })
  return orderId
}

describe('recovery', () => {
  it('finishes the order of a request that died after writing it', async () => {
    const sku = await world.product({ stock: 10 })
    const orderId = await abandonedOrder(sku, 900)
    await eventually(async () => ((await statusOf(orderId)) === 'CONFIRMED' ? true : undefined))
    const level = await eventually(async () => {
      const now = await world.stock(sku)
      return now.sold === 2 ? now : undefined
    })
    expect(level).toEqual({ available: 8, reserved: 0, sold: 2 })
  })

  it('cancels an order that never got its stock before it expired', async () => {
    const sku = await world.product({ stock: 10 })
    const orderId = await abandonedOrder(sku, 0)
    await eventually(async () => ((await statusOf(orderId)) === 'CANCELLED' ? true : undefined))
    expect(await world.stock(sku)).toEqual({ available: 10, reserved: 0, sold: 0 })
  })

  it('503 while products is down; the same key gets its order once products is back', { timeout: 60_000 }, async () => {
    const sku = await world.product({ stock: 10 })
    const key = randomUUID()
    world.products.kill('SIGKILL')
    const down = await world.place(customer, [{ sku, quantity: 3 }], key)
    expect(down.statusCode).toBe(503)
    expect(down.headers['retry-after']).toBeDefined()
    const waiting = await world.place(customer, [{ sku, quantity: 3 }], key)
    expect(waiting.statusCode).toBe(409)
    expect(waiting.json().type).toBe('/problems/idempotency-in-flight')
    await world.restartProducts()
    const answer = await eventually(async () => {
      const again = await world.place(customer, [{ sku, quantity: 3 }], key)
      return again.statusCode === 409 ? undefined : again
    })
    expect(answer.statusCode).toBe(201)
    expect(
      (await world.get(customer, `/orders?limit=100`)).json().items.filter((order: { id: string }) => order.id === answer.json().id),
    ).toHaveLength(1)
  })

  it('two workers never claim the same order while its lease lasts', async () => {
    const sku = await world.product({ stock: 100 })
    const orders = new OrderRepository(world.database)
    const ids = await Promise.all(Array.from({ length: 20 }, async () => abandonedOrder(sku, 900)))
    const claims = await Promise.all(Array.from({ length: 5 }, async () => orders.claimDue(10, 1)))
    const claimed = claims.flat().map(({ order }) => order.id)
    expect(new Set(claimed).size).toBe(claimed.length)
    await Promise.all(ids.map(async (id) => eventually(async () => ((await statusOf(id)) === 'CONFIRMED' ? true : undefined))))
  })
})
