import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from './support/eventually.ts'
import { World, type Customer } from './support/world.ts'

let world: World
let customer: Customer

beforeAll(async () => {
  world = await World.create()
  customer = await world.customer()
})
afterAll(async () => world.close())

async function confirmedOrder(stock: number, quantity: number): Promise<{ id: string; sku: string }> {
  const sku = await world.product({ stock })
  const answer = await world.place(customer, [{ sku, quantity }])
  return { id: answer.json().id, sku }
}

describe('POST /orders/{id}/cancel', () => {
  it('200, CANCELLED, and the stock is back', async () => {
    const { id, sku } = await confirmedOrder(10, 4)
    const answer = await world.cancel(customer, id)
    expect(answer.statusCode).toBe(200)
    expect(answer.json().status).toBe('CANCELLED')
    expect(answer.json().history.at(-2)).toMatchObject({
      from: 'CONFIRMED',
      to: 'CANCELLING',
      actor: `user:${customer.id}`,
      reason: 'by request',
    })
    expect(await world.stock(sku)).toEqual({ available: 10, reserved: 0, sold: 0 })
  })

  it('200 again for an order that is cancelled, and the stock returns once', async () => {
    const { id, sku } = await confirmedOrder(10, 4)
    const answers = await Promise.all([world.cancel(customer, id), world.cancel(customer, id), world.cancel(customer, id)])
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200])
    expect((await world.cancel(customer, id)).statusCode).toBe(200)
    expect(await world.stock(sku)).toEqual({ available: 10, reserved: 0, sold: 0 })
  })

  it('a cancellation while the hold is being committed leaves no stock behind', async () => {
    const placed = await Promise.all(Array.from({ length: 10 }, async () => confirmedOrder(5, 2)))
    await Promise.all(placed.map(async ({ id }) => world.cancel(customer, id)))
    for (const { sku } of placed) {
      const level = await eventually(async () => {
        const now = await world.stock(sku)
        return now.reserved + now.sold === 0 ? now : undefined
      })
      expect(level.available).toBe(5)
    }
  })

  it('409 for an order that was rejected', async () => {
    const sku = await world.product({ stock: 1 })
    const { orderId } = (await world.place(customer, [{ sku, quantity: 2 }])).json()
    const answer = await world.cancel(customer, orderId)
    expect(answer.statusCode).toBe(409)
    expect(answer.json().type).toBe('/problems/invalid-transition')
  })

  it('404 for the order of somebody else', async () => {
    const { id } = await confirmedOrder(5, 1)
    expect((await world.cancel(await world.customer(), id)).statusCode).toBe(404)
    expect((await world.get(customer, `/orders/${id}`)).json().status).toBe('CONFIRMED')
  })

  it('404 for an order that does not exist', async () => {
    expect((await world.cancel(customer, randomUUID())).statusCode).toBe(404)
  })
})
