import { randomUUID } from 'node:crypto'
import { connectPostgres } from '@polystore/db-core/sql'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ordersConfig } from '../src/config.ts'
import { createDependencies } from '../src/create-dependencies.ts'
import { cancelOrder } from '../src/orders/cancel-order.ts'
import { decideOrder } from '../src/orders/decide-order.ts'
import type { NewOrder } from '../src/orders/group-writes/new-order.ts'
import type { Move } from '../src/orders/group-writes/order-move.ts'
import { eventually } from './support/eventually.ts'
import { World, type Customer } from './support/world.ts'

let world: World
let customer: Customer
let sku: string
const opened: { close(): Promise<void> }[] = []

beforeAll(async () => {
  world = await World.create()
  customer = await world.customer()
  sku = await world.product({ stock: 10_000 })
  // From here on the user is known.
  await world.place(customer, [{ sku, quantity: 1 }])
})
afterAll(async () => {
  for (const one of opened.toReversed()) await one.close()
  await world.close()
})

/** What another replica works with: a pool, groups and clients of its own. */
function openReplica(env: Readonly<Record<string, string>> = {}) {
  const config = ordersConfig.parse({ ...world.environment, ORDER_GRACE_SECONDS: '60', ...env })
  const database = connectPostgres(config.DATABASE_URL)
  const { log } = world.service
  const dependencies = createDependencies({ config, database, log, crash: () => {}, wakeRecovery: () => {} })
  opened.push(database, dependencies)
  return dependencies
}

function newOrder(changes: Partial<NewOrder> = {}): NewOrder {
  const id = randomUUID()
  const order = { id, userId: customer.id, idempotencyKey: id, fingerprint: 'x', lines: [{ sku, quantity: 1 }], cart: undefined }
  return { ...order, ...changes }
}

function toCancelling({ id, userId }: NewOrder, actor: string): Move {
  const order = { id, userId, status: 'PENDING', version: 1 } as const
  return { order, through: [{ to: 'CANCELLING', reason: 'by request' }], actor, workIn: 60 }
}

describe('orders that share a statement', () => {
  it('one that the database refuses is not placed, and all others are', async () => {
    const { placer, orders } = openReplica()
    const poison = newOrder({ lines: [{ sku, quantity: 0 }] })
    const batch = [newOrder(), newOrder(), poison, newOrder(), newOrder()]
    const outcomes = await Promise.allSettled(batch.map(async (order) => placer.place(order)))
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    expect(outcomes[2]).toMatchObject({ reason: { code: 'check', constraint: 'order_lines_quantity' } })
    expect(await orders.find(poison.id)).toBeUndefined()
  })

  it('one whose move the database refuses stays as it was, and all others are moved', async () => {
    const { placer, mover, orders } = openReplica()
    const batch = Array.from({ length: 5 }, () => newOrder())
    await Promise.all(batch.map(async (order) => placer.place(order)))
    const moves = batch.map((order, index): Move => {
      const totalCents = index === 3 ? -1 : 100
      return { ...toCancelling(order, 'system'), prices: { totalCents, currency: 'GBP', lines: [] } }
    })
    const outcomes = await Promise.allSettled(moves.map(async (move) => mover.move(move)))
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
    expect(outcomes[3]).toMatchObject({ reason: { code: 'check' } })
    const found = await Promise.all(batch.map(async ({ id }) => orders.get(id)))
    expect(found.map(({ status, version }) => `${status} ${version}`)).toEqual([
      'CANCELLING 2',
      'CANCELLING 2',
      'CANCELLING 2',
      'PENDING 1',
      'CANCELLING 2',
    ])
  })

  it('one that products cannot read is refused, and all others get their stock', async () => {
    const { products } = openReplica()
    const skus = [sku, sku, 'no sku at all', sku, sku]
    const holds = await Promise.allSettled(skus.map(async (of) => products.reserve(randomUUID(), [{ sku: of, quantity: 1 }])))
    expect(holds.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    expect(holds[2]).toMatchObject({ reason: { slug: 'bad-gateway' } })
  })

  it('two replicas that place the same keys in opposite order: each key gets one order, and nobody waits for the other', async () => {
    const [one, other] = [openReplica(), openReplica()]
    for (let round = 0; round < 5; round++) {
      const keys = Array.from({ length: 60 }, () => randomUUID())
      const place = (replica: typeof one, list: string[]) =>
        Promise.all(list.map(async (idempotencyKey) => (await replica.placer.place(newOrder({ idempotencyKey }))).kind))
      const outcomes = (await Promise.all([place(one, keys), place(other, keys.toReversed())])).flat()
      expect(outcomes.filter((kind) => kind === 'placed')).toHaveLength(60)
      expect(outcomes.filter((kind) => kind === 'key-taken')).toHaveLength(60)
    }
  })

  it('two replicas that move the same orders in opposite order: each order is moved once, and its history says by whom', async () => {
    const [one, other] = [openReplica(), openReplica()]
    const batch = Array.from({ length: 60 }, () => newOrder())
    await Promise.all(batch.map(async (order) => one.placer.place(order)))
    const move = (replica: typeof one, actor: string, list: NewOrder[]) =>
      Promise.all(
        list.map(async (order) => ((await replica.mover.move(toCancelling(order, actor))) === undefined ? [] : [`${order.id} ${actor}`])),
      )
    const winners = (await Promise.all([move(one, 'staff:1', batch), move(other, 'staff:2', batch.toReversed())])).flat(2)
    expect(winners).toHaveLength(60)
    const noted = await Promise.all(
      batch.map(async ({ id }) => (await one.orders.historyOf(id)).filter(({ toStatus }) => toStatus === 'CANCELLING')),
    )
    expect(
      noted
        .flat()
        .map(({ orderId, actor }) => `${orderId} ${actor}`)
        .toSorted(),
    ).toEqual(winners.toSorted())
  })

  it('several who move one version of an order at once: one of them does', async () => {
    const { placer, mover } = openReplica()
    const order = newOrder()
    await placer.place(order)
    const moved = await Promise.all(['staff:1', 'staff:2', 'staff:3'].map(async (actor) => mover.move(toCancelling(order, actor))))
    expect(moved.filter((at) => at !== undefined)).toHaveLength(1)
  })
})

describe('a confirmation against the end of the order', () => {
  async function stockWhenOver(of: string, orderIds: readonly string[]) {
    const statuses = await eventually(async () => {
      const rows = await Promise.all(orderIds.map(async (id) => (await world.get(customer, `/orders/${id}`)).json().status))
      return rows.every((status) => ['CONFIRMED', 'CANCELLED'].includes(status)) ? rows : undefined
    })
    const confirmed = statuses.filter((status) => status === 'CONFIRMED').length
    await eventually(async () => {
      const { available, reserved, sold } = await world.stock(of)
      return reserved === 0 && sold === confirmed && available === 100 - confirmed ? true : undefined
    })
  }

  it.each(['expiry', 'the user'])(
    '%s cancels while the stock is being taken: confirmed and sold, or cancelled and given back',
    async (who) => {
      const of = await world.product({ stock: 100 })
      const expires = who === 'expiry'
      const replica = openReplica(expires ? { ORDER_EXPIRY_SECONDS: '10', ORDER_GRACE_SECONDS: '1' } : {})
      const batch = Array.from({ length: 30 }, () => newOrder({ lines: [{ sku: of, quantity: 1 }] }))
      await Promise.all(batch.map(async (order) => replica.placer.place(order)))
      if (expires) {
        const ids = `{${batch.map(({ id }) => id).join(',')}}`
        await world.database.run({
          text: 'update orders set expires_at = now(), next_run_at = now() where id = any($1::uuid[])',
          values: [ids],
        })
      }
      const viewer = { id: customer.id, staff: false }
      await Promise.allSettled(
        batch.flatMap((order) => [
          decideOrder(replica, { ...order, status: 'PENDING', version: 1, createdAt: new Date().toISOString() }),
          ...(expires ? [] : [cancelOrder(replica, { orderId: order.id, viewer, reason: 'by request' })]),
        ]),
      )
      await stockWhenOver(
        of,
        batch.map(({ id }) => id),
      )
    },
  )
})
