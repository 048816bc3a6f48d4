import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { CrashPoint } from '../src/crash-point.ts'
import { OrderPlacer } from '../src/orders/group-writes/order-placer.ts'
import { ArmedReplica } from './support/armed-replica.ts'
import { eventually } from './support/eventually.ts'
import { World, type Customer } from './support/world.ts'

let world: World
let customer: Customer
let replica: ArmedReplica | undefined

beforeAll(async () => {
  world = await World.create()
  customer = await world.customer()
})
afterEach(async () => {
  await replica?.stop()
  replica = undefined
})
afterAll(async () => world.close())

async function startReplica(): Promise<ArmedReplica> {
  replica = await ArmedReplica.start(world)
  return replica
}

async function myOrders(sku: string): Promise<{ id: string; status: string; version: number }[]> {
  const { items } = (await world.get(customer, '/orders?limit=100')).json()
  const details = await Promise.all(items.map(async ({ id }: { id: string }) => (await world.get(customer, `/orders/${id}`)).json()))
  return details.filter(({ lines }) => lines.some((line: { sku: string }) => line.sku === sku))
}

async function soldEventually(sku: string, sold: number): Promise<void> {
  await eventually(async () => {
    const level = await world.stock(sku)
    return level.sold === sold && level.reserved === 0 ? level : undefined
  })
}

/** The answer of the replica that lives, once it is not in flight any more. */
async function answerOf(key: string, lines: { sku: string; quantity: number }[]) {
  return eventually(async () => {
    const answer = await world.place(customer, lines, key)
    return answer.statusCode === 409 ? undefined : answer
  })
}

describe('an order survives its process', () => {
  // F1, F2, F7, F8: what the same key gets from another replica.
  it.each<[CrashPoint, string]>([
    ['before-place-commit', 'the same key places the order anew'],
    ['after-place-commit', 'the same key gets the order that was written'],
    ['after-reserve', 'the stock that was taken is that of the order'],
    ['after-confirm-commit', 'the answer that nobody got is replayed'],
  ])('killed %s: %s', async (point) => {
    const dying = await startReplica()
    const sku = await world.product({ stock: 10 })
    const [key, lines] = [randomUUID(), [{ sku, quantity: 3 }]]
    dying.arm(point, 'SIGKILL')
    const lost = await dying.place(customer, lines, key).catch(() => undefined)
    const answer = await answerOf(key, lines)
    expect(answer.statusCode).toBe(201)
    if (lost?.status === 201) expect(await lost.text()).toBe(answer.body)
    await soldEventually(sku, 3)
    await eventually(async () => (dying.armed ? undefined : true))
    expect(await myOrders(sku)).toMatchObject([{ id: answer.json().id, status: 'CONFIRMED', version: 2 }])
  })

  it('shipped before its hold was committed by anybody: the stock is sold all the same', async () => {
    const dying = await startReplica()
    const sku = await world.product({ stock: 10 })
    dying.arm('after-confirm-commit', 'SIGKILL')
    await dying.place(customer, [{ sku, quantity: 3 }]).catch(() => undefined)
    const [order] = await myOrders(sku)
    const shipped = await world.service.inject({ method: 'POST', url: `/orders/${order?.id}/ship`, headers: world.staff, payload: {} })
    expect(shipped.json().status).toBe('SHIPPED')
    await soldEventually(sku, 3)
  })

  it('killed after the stock of a cancelled order went back: it went back once, and the order is cancelled', async () => {
    const dying = await startReplica()
    const sku = await world.product({ stock: 10 })
    const { id } = (await world.place(customer, [{ sku, quantity: 3 }])).json()
    dying.arm('after-hold-release', 'SIGKILL')
    await dying.post(customer, `/orders/${id}/cancel`, {}).catch(() => undefined)
    await eventually(async () => ((await myOrders(sku))[0]?.status === 'CANCELLED' ? true : undefined))
    expect(dying.armed).toBe(false)
    expect(await world.stock(sku)).toEqual({ available: 10, reserved: 0, sold: 0 })
  })

  it('a worker that slept longer than its lease wakes up and changes nothing', async () => {
    const sleeping = await startReplica()
    const sku = await world.product({ stock: 1_000 })
    const bus = { emit: () => {} }
    const placer = new OrderPlacer({ database: world.database, bus, crash: () => {}, graceSeconds: 0, expirySeconds: 900 })
    sleeping.arm('after-claim', 'SIGSTOP')
    let placed = 0
    await eventually(async () => {
      const id = randomUUID()
      const order = { id, userId: customer.id, idempotencyKey: id, fingerprint: 'x', lines: [{ sku, quantity: 1 }], cart: undefined }
      // Until auth's event has come the user is not known here.
      if ((await placer.place(order)).kind === 'placed') placed += 1
      return sleeping.armed ? undefined : true
    })
    await soldEventually(sku, placed)
    sleeping.service.kill('SIGCONT')
    expect((await sleeping.place(customer, [{ sku, quantity: 1 }])).status).toBe(201)
    await soldEventually(sku, placed + 1)
    const orders = await myOrders(sku)
    expect(new Set(orders.map(({ status, version }) => `${status} ${version}`))).toEqual(new Set(['CONFIRMED 2']))
  })

  it('SIGTERM in mid-flight: the request that runs is answered, and its order is whole', async () => {
    const leaving = await startReplica()
    const sku = await world.product({ stock: 10 })
    leaving.arm('after-place-commit', 'SIGTERM')
    const answer = await leaving.place(customer, [{ sku, quantity: 3 }])
    expect(answer.status).toBe(201)
    expect(leaving.armed).toBe(false)
    await soldEventually(sku, 3)
  })

  it('a user deactivated while their order is under way keeps it, and orders no more', async () => {
    const frozen = await startReplica()
    const [sku, other] = await Promise.all([world.product({ stock: 10 }), world.customer()])
    frozen.arm('after-place-commit', 'SIGSTOP')
    const answering = frozen.place(other, [{ sku, quantity: 3 }])
    await eventually(async () => (frozen.armed ? undefined : true))
    await world.deactivate(other.id)
    await eventually(async () => ((await world.place(other, [{ sku, quantity: 1 }])).statusCode === 403 ? true : undefined))
    frozen.service.kill('SIGCONT')
    expect((await answering).status).toBe(201)
    const { items } = (await world.get(other, '/orders')).json()
    expect(items.map(({ status }: { status: string }) => status)).toContain('CONFIRMED')
  })
})
