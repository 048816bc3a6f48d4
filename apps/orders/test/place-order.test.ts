import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KnownUserRepository } from '../src/users/known-user-repository.ts'
import { eventually } from './support/eventually.ts'
import { World, type Customer } from './support/world.ts'

let world: World
let customer: Customer

beforeAll(async () => {
  world = await World.create()
  customer = await world.customer()
})
afterAll(async () => world.close())

describe('POST /orders', () => {
  it('201 with the address of the order and the prices of products', async () => {
    const [mug, plate] = await Promise.all([world.product({ stock: 10, priceCents: 250 }), world.product({ stock: 5, priceCents: 1_999 })])
    const answer = await world.place(customer, [
      { sku: mug, quantity: 3 },
      { sku: plate, quantity: 1 },
    ])
    expect(answer.statusCode).toBe(201)
    const order = answer.json()
    expect(answer.headers['location']).toBe(`/orders/${order.id}`)
    expect(order).toMatchObject({ status: 'CONFIRMED', totalCents: 2_749, currency: 'GBP', userId: customer.id, rejection: null })
    expect(order.lines).toEqual([
      { sku: mug, quantity: 3, name: `Thing ${mug}`, unitPriceCents: 250 },
      { sku: plate, quantity: 1, name: `Thing ${plate}`, unitPriceCents: 1_999 },
    ])
  })

  it('the stock of a confirmed order is sold, not held', async () => {
    const sku = await world.product({ stock: 10 })
    expect((await world.place(customer, [{ sku, quantity: 4 }])).statusCode).toBe(201)
    const level = await eventually(async () => {
      const now = await world.stock(sku)
      return now.reserved === 0 ? now : undefined
    })
    expect(level).toEqual({ available: 6, reserved: 0, sold: 4 })
  })

  it('409 naming the SKUs that are short, and nothing is held for the others', async () => {
    const [plenty, scarce] = await Promise.all([world.product({ stock: 50 }), world.product({ stock: 1 })])
    const answer = await world.place(customer, [
      { sku: plenty, quantity: 5 },
      { sku: scarce, quantity: 2 },
    ])
    expect(answer.statusCode).toBe(409)
    expect(answer.headers['content-type']).toContain('application/problem+json')
    expect(answer.json()).toMatchObject({
      type: '/problems/insufficient-stock',
      skus: [scarce],
      errors: [{ pointer: '#/lines/1/sku' }],
    })
    expect(await world.stock(plenty)).toEqual({ available: 50, reserved: 0, sold: 0 })
  })

  it('409 when two lines of one SKU together ask for more than there is', async () => {
    const sku = await world.product({ stock: 5 })
    const answer = await world.place(customer, [
      { sku, quantity: 3 },
      { sku, quantity: 3 },
    ])
    expect(answer.statusCode).toBe(409)
    expect(answer.json().errors).toHaveLength(2)
    expect(await world.stock(sku)).toEqual({ available: 5, reserved: 0, sold: 0 })
  })

  it('two lines of one SKU that fit become one line', async () => {
    const sku = await world.product({ stock: 6 })
    const answer = await world.place(customer, [
      { sku, quantity: 3 },
      { sku, quantity: 3 },
    ])
    expect(answer.json().lines).toMatchObject([{ sku, quantity: 6 }])
  })

  it('422 naming an unknown SKU', async () => {
    const sku = await world.product({ stock: 5 })
    const answer = await world.place(customer, [
      { sku, quantity: 1 },
      { sku: 'NO-SUCH-SKU', quantity: 1 },
    ])
    expect(answer.statusCode).toBe(422)
    expect(answer.json()).toMatchObject({ type: '/problems/unknown-sku', skus: ['NO-SUCH-SKU'] })
  })

  it('422 for two currencies in one order', async () => {
    const [pounds, euros] = await Promise.all([world.product({ stock: 5 }), world.product({ stock: 5, currency: 'EUR' })])
    const answer = await world.place(customer, [
      { sku: pounds, quantity: 1 },
      { sku: euros, quantity: 1 },
    ])
    expect(answer.statusCode).toBe(422)
    expect(answer.json().type).toBe('/problems/mixed-currencies')
  })

  it('403 for a deactivated user, and nothing is written', async () => {
    const sku = await world.product({ stock: 5 })
    const inactive = await world.customer()
    await world.deactivate(inactive.id)
    const known = new KnownUserRepository(world.database)
    await eventually(async () => ((await known.find(inactive.id))?.active === false ? true : undefined))
    const answer = await world.place(inactive, [{ sku, quantity: 1 }])
    expect(answer.statusCode).toBe(403)
    expect(answer.json().type).toBe('/problems/user-inactive')
    expect((await world.get(inactive, '/orders')).json().items).toEqual([])
  })

  it('403 for a user that auth does not know', async () => {
    const headers = world.signed({ kind: 'user', id: randomUUID(), roles: ['customer'], tokenId: randomUUID() })
    const answer = await world.place({ id: randomUUID(), headers }, [{ sku: 'ANY', quantity: 1 }])
    expect(answer.statusCode).toBe(403)
  })

  it('401 for nobody', async () => {
    const answer = await world.place({ id: '', headers: world.signed({ kind: 'anonymous' }) }, [{ sku: 'ANY', quantity: 1 }])
    expect(answer.statusCode).toBe(401)
  })

  it('401 for a request that did not pass the gateway', async () => {
    const answer = await world.place({ id: '', headers: { 'x-user-id': customer.id } }, [{ sku: 'ANY', quantity: 1 }])
    expect(answer.statusCode).toBe(401)
    expect(answer.json().type).toBe('/problems/not-through-gateway')
  })

  it.each([
    ['a price from the client', { lines: [{ sku: 'A', quantity: 1, unitPriceCents: 1 }] }],
    ['an owner from the client', { lines: [{ sku: 'A', quantity: 1 }], userId: randomUUID() }],
    ['a status from the client', { lines: [{ sku: 'A', quantity: 1 }], status: 'CONFIRMED' }],
    ['no lines', { lines: [] }],
    ['1,001 lines', { lines: Array.from({ length: 1_001 }, (_, index) => ({ sku: `A${index}`, quantity: 1 })) }],
    ['a quantity of 0', { lines: [{ sku: 'A', quantity: 0 }] }],
    ['a negative quantity', { lines: [{ sku: 'A', quantity: -1 }] }],
    ['a broken quantity', { lines: [{ sku: 'A', quantity: 1.5 }] }],
    ['a quantity as text', { lines: [{ sku: 'A', quantity: '5' }] }],
    ['a quantity of true', { lines: [{ sku: 'A', quantity: true }] }],
    ['a quantity of null', { lines: [{ sku: 'A', quantity: null }] }],
    ['a quantity beyond a safe integer', { lines: [{ sku: 'A', quantity: 9_007_199_254_740_993 }] }],
    ['an operator as SKU', { lines: [{ sku: { $ne: null }, quantity: 1 }] }],
    ['a path as SKU', { lines: [{ sku: '../stock', quantity: 1 }] }],
    ['a NUL in the SKU', { lines: [{ sku: 'A\u0000', quantity: 1 }] }],
    ['null', null],
    ['a list', []],
  ])('400 for %s', async (_, payload) => {
    const answer = await world.service.inject({
      method: 'POST',
      url: '/orders',
      headers: { ...customer.headers, 'idempotency-key': randomUUID(), 'content-type': 'application/json' },
      payload: JSON.stringify(payload),
    })
    expect(answer.statusCode).toBe(400)
    expect(answer.headers['content-type']).toContain('application/problem+json')
  })
})
