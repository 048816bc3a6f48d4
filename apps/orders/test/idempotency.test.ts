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

describe('Idempotency-Key', () => {
  it('the same key and body get the same answer again, marked as replayed', async () => {
    const sku = await world.product({ stock: 10 })
    const key = randomUUID()
    const first = await world.place(customer, [{ sku, quantity: 1 }], key)
    const again = await world.place(customer, [{ sku, quantity: 1 }], key)
    expect(again.statusCode).toBe(201)
    expect(again.body).toBe(first.body)
    expect(again.headers['location']).toBe(first.headers['location'])
    expect([first.headers['idempotent-replayed'], again.headers['idempotent-replayed']]).toEqual([undefined, 'true'])
  })

  it('the answer stays as it was given after the order has moved on', async () => {
    const sku = await world.product({ stock: 10 })
    const key = randomUUID()
    const first = await world.place(customer, [{ sku, quantity: 1 }], key)
    await world.cancel(customer, first.json().id)
    expect((await world.place(customer, [{ sku, quantity: 1 }], key)).body).toBe(first.body)
  })

  it('a refusal is replayed, also when there is stock by now', async () => {
    const sku = await world.product({ stock: 1 })
    const key = randomUUID()
    const first = await world.place(customer, [{ sku, quantity: 2 }], key)
    const again = await world.place(customer, [{ sku, quantity: 2 }], key)
    expect([first.statusCode, again.statusCode]).toEqual([409, 409])
    expect(again.json().orderId).toBe(first.json().orderId)
  })

  it('a refused order does not burn the next key', async () => {
    const sku = await world.product({ stock: 1 })
    expect((await world.place(customer, [{ sku, quantity: 2 }])).statusCode).toBe(409)
    expect((await world.place(customer, [{ sku, quantity: 1 }])).statusCode).toBe(201)
  })

  it('422 when the key was used with another body', async () => {
    const sku = await world.product({ stock: 10 })
    const key = randomUUID()
    await world.place(customer, [{ sku, quantity: 1 }], key)
    const answer = await world.place(customer, [{ sku, quantity: 2 }], key)
    expect(answer.statusCode).toBe(422)
    expect(answer.json().type).toBe('/problems/idempotency-key-reused')
  })

  it('the key of another user is another key', async () => {
    const sku = await world.product({ stock: 10 })
    const other = await world.customer()
    const key = randomUUID()
    const mine = await world.place(customer, [{ sku, quantity: 1 }], key)
    const theirs = await world.place(other, [{ sku, quantity: 1 }], key)
    expect([mine.statusCode, theirs.statusCode]).toEqual([201, 201])
    expect(theirs.json().id).not.toBe(mine.json().id)
  })

  it('quotes around the key do not belong to it', async () => {
    const sku = await world.product({ stock: 10 })
    const key = randomUUID()
    const bare = await world.place(customer, [{ sku, quantity: 1 }], key)
    const quoted = await world.place(customer, [{ sku, quantity: 1 }], `"${key}"`)
    expect(quoted.json().id).toBe(bare.json().id)
  })

  it.each([
    ['missing', undefined],
    ['empty', ''],
    ['256 characters long', 'k'.repeat(256)],
    ['with a space', 'two words'],
    ['with a letter outside ASCII', 'schlüssel'],
  ])('400 for a key that is %s', async (_, key) => {
    const answer = await world.service.inject({
      method: 'POST',
      url: '/orders',
      headers: { ...customer.headers, ...(key === undefined ? {} : { 'idempotency-key': key }) },
      payload: { lines: [{ sku: 'A', quantity: 1 }] },
    })
    expect(answer.statusCode).toBe(400)
    expect(answer.json().type).toBe('/problems/idempotency-key-missing')
  })

  it('100 requests at once with one key make one order', async () => {
    const sku = await world.product({ stock: 100 })
    const key = randomUUID()
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => world.place(customer, [{ sku, quantity: index % 10 === 9 ? 2 : 1 }], key)),
    )
    const statuses = new Set(answers.map(({ statusCode }) => statusCode))
    expect([...statuses].every((status) => [201, 409, 422].includes(status))).toBe(true)
    const created = answers.filter(({ statusCode }) => statusCode === 201)
    expect(created.length).toBeGreaterThan(0)
    expect(new Set(created.map((answer) => answer.json().id)).size).toBe(1)
    for (const answer of answers.filter(({ statusCode }) => statusCode === 409)) {
      expect(answer.json().type).toBe('/problems/idempotency-in-flight')
      expect(answer.headers['retry-after']).toBe('1')
    }
    const { sold, reserved } = await world.stock(sku)
    expect(sold + reserved).toBe(created[0]?.json().lines[0].quantity)
  })
})
