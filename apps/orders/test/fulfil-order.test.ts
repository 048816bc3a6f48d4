import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { World, type Customer } from './support/world.ts'

let world: World
let customer: Customer

beforeAll(async () => {
  world = await World.create()
  customer = await world.customer()
})
afterAll(async () => world.close())

const staff = (): Customer => ({ id: '', headers: world.staff })

async function confirmedOrder(): Promise<string> {
  const sku = await world.product({ stock: 10 })
  return (await world.place(customer, [{ sku, quantity: 1 }])).json().id
}

async function act(who: Customer, orderId: string, action: 'ship' | 'deliver', payload: object = {}) {
  return world.service.inject({ method: 'POST', url: `/orders/${orderId}/${action}`, headers: who.headers, payload })
}

describe('POST /orders/{id}/ship and /deliver', () => {
  it('200, and the history says which of the staff, when and why', async () => {
    const id = await confirmedOrder()
    const somebody = staff()
    const shipped = await act(somebody, id, 'ship', { reason: 'parcel 42' })
    expect([shipped.statusCode, shipped.json().status]).toEqual([200, 'SHIPPED'])
    const delivered = await act(somebody, id, 'deliver')
    expect([delivered.statusCode, delivered.json().status]).toEqual([200, 'DELIVERED'])
    const { history } = delivered.json()
    expect(history.slice(-2)).toMatchObject([
      { from: 'CONFIRMED', to: 'SHIPPED', actor: expect.stringMatching(/^staff/u), reason: 'parcel 42', at: expect.any(String) },
      { from: 'SHIPPED', to: 'DELIVERED', reason: 'delivered' },
    ])
  })

  it('200 again for an order that is shipped, and it is noted once', async () => {
    const id = await confirmedOrder()
    const answers = await Promise.all([act(staff(), id, 'ship'), act(staff(), id, 'ship'), act(staff(), id, 'ship')])
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200])
    const { history } = (await world.get(customer, `/orders/${id}`)).json()
    expect(history.filter(({ to }: { to: string }) => to === 'SHIPPED')).toHaveLength(1)
  })

  it('409 for an order that is not confirmed, or not shipped yet', async () => {
    const id = await confirmedOrder()
    expect((await act(staff(), id, 'deliver')).statusCode).toBe(409)
    await world.cancel(customer, id)
    const answer = await act(staff(), id, 'ship')
    expect([answer.statusCode, answer.json().type]).toEqual([409, '/problems/invalid-transition'])
  })

  it('409 when a shipped order is cancelled', async () => {
    const id = await confirmedOrder()
    await act(staff(), id, 'ship')
    expect((await world.cancel(customer, id)).statusCode).toBe(409)
  })

  it('403 for a customer, 404 for an order that does not exist', async () => {
    const id = await confirmedOrder()
    expect((await act(customer, id, 'ship')).statusCode).toBe(403)
    expect((await act(staff(), randomUUID(), 'ship')).statusCode).toBe(404)
  })
})
