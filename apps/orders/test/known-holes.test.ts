import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ArmedReplica } from './support/armed-replica.ts'
import { eventually } from './support/eventually.ts'
import { World, type Customer } from './support/world.ts'

/** Mistakes of well-known systems that no other test here is about; docs/orders.md has the list of all. */
let world: World
let customer: Customer

beforeAll(async () => {
  world = await World.create()
  customer = await world.customer()
})
afterAll(async () => world.close())

async function statusOf(orderId: string): Promise<string> {
  return (await world.get(customer, `/orders/${orderId}`)).json().status
}

async function latestOrder(): Promise<string> {
  return (await world.get(customer, '/orders?limit=1')).json().items[0].id
}

it('an order takes all that it asks for or nothing, never what is left', async () => {
  const sku = await world.product({ stock: 3 })
  expect((await world.place(customer, [{ sku, quantity: 5 }])).statusCode).toBe(409)
  expect(await world.stock(sku)).toEqual({ available: 3, reserved: 0, sold: 0 })
  expect((await world.place(customer, [{ sku, quantity: 3 }])).json()).toMatchObject({ status: 'CONFIRMED', lines: [{ quantity: 3 }] })
})

describe('an order whose process died when products had its stock', () => {
  let sku: string
  let orderId: string
  beforeAll(async () => {
    sku = await world.product({ stock: 10 })
    // Recovery leaves it alone for longer than the test runs.
    const dying = await ArmedReplica.start(world, { ORDER_GRACE_SECONDS: '60' })
    dying.arm('after-reserve', 'SIGKILL')
    await dying.place(customer, [{ sku, quantity: 3 }]).catch(() => undefined)
    await dying.stop()
    orderId = await latestOrder()
  })

  it('keeps it: what an unfinished order holds is not there for others', async () => {
    expect(await statusOf(orderId)).toBe('PENDING')
    expect((await world.place(customer, [{ sku, quantity: 8 }])).json()).toMatchObject({ status: 409, skus: [sku] })
    expect(await world.stock(sku)).toEqual({ available: 7, reserved: 3, sold: 0 })
  })

  it('gives it back when it is cancelled: a step that nobody heard the end of is undone as well', async () => {
    expect((await world.cancel(customer, orderId)).json().status).toBe('CANCELLED')
    expect(await world.stock(sku)).toEqual({ available: 10, reserved: 0, sold: 0 })
  })
})

describe('while products is down', () => {
  let sku: string
  let confirmedId: string
  beforeAll(async () => {
    sku = await world.product({ stock: 10 })
    confirmedId = (await world.place(customer, [{ sku, quantity: 4 }])).json().id
    world.products.kill('SIGKILL')
  })

  it('nobody is told of an order that is not decided', async () => {
    const key = randomUUID()
    expect((await world.place(customer, [{ sku, quantity: 1 }], key)).statusCode).toBe(503)
    const orderId = await latestOrder()
    expect(await statusOf(orderId)).toBe('PENDING')
    const { rows } = await world.database.run({ text: 'select type from outbox where subject = $1', values: [orderId] })
    expect(rows).toEqual([])
  })

  it('an undo that fails is not forgotten: the order stays CANCELLING until its stock is back', async () => {
    expect((await world.cancel(customer, confirmedId)).json().status).toBe('CANCELLING')
    await world.restartProducts()
    await eventually(async () => ((await statusOf(confirmedId)) === 'CANCELLED' ? true : undefined))
    await eventually(async () => {
      const { available, reserved, sold } = await world.stock(sku)
      // What is left is the order of the outage, which recovery has confirmed.
      return available === 9 && reserved === 0 && sold === 1 ? true : undefined
    })
  })
})
