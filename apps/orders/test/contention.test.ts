import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from './support/eventually.ts'
import { World, type Customer } from './support/world.ts'

let world: World
let customers: Customer[]

beforeAll(async () => {
  world = await World.create()
  customers = await Promise.all(Array.from({ length: 20 }, async () => world.customer()))
})
afterAll(async () => world.close())

async function atRest(sku: string) {
  return eventually(async () => {
    const level = await world.stock(sku)
    return level.reserved === 0 ? level : undefined
  })
}

function buyer(index: number): Customer {
  const customer = customers[index % customers.length]
  if (customer === undefined) throw new Error('no customers')
  return customer
}

describe('many buyers at once', () => {
  it('stock 1 and 200 buyers: one 201 and 199 times 409', { timeout: 60_000 }, async () => {
    const sku = await world.product({ stock: 1 })
    const answers = await Promise.all(Array.from({ length: 200 }, async (_, index) => world.place(buyer(index), [{ sku, quantity: 1 }])))
    const counts = Map.groupBy(answers, ({ statusCode }) => statusCode)
    expect([...counts].map(([status, list]) => [status, list.length]).toSorted()).toEqual([
      [201, 1],
      [409, 199],
    ])
    expect(await atRest(sku)).toEqual({ available: 0, reserved: 0, sold: 1 })
  })

  it('orders over A,B against orders over B,A all end, and stock is exact', { timeout: 60_000 }, async () => {
    const [a, b] = await Promise.all([world.product({ stock: 15 }), world.product({ stock: 15 })])
    const answers = await Promise.all(
      Array.from({ length: 40 }, async (_, index) => {
        const lines = [
          { sku: a, quantity: 1 },
          { sku: b, quantity: 1 },
        ]
        return world.place(buyer(index), index % 2 === 0 ? lines : lines.toReversed())
      }),
    )
    expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(15)
    expect(answers.filter(({ statusCode }) => statusCode === 409)).toHaveLength(25)
    expect(await atRest(a)).toEqual({ available: 0, reserved: 0, sold: 15 })
    expect(await atRest(b)).toEqual({ available: 0, reserved: 0, sold: 15 })
  })
})
