import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { World, type Customer } from './support/world.ts'

let world: World
let customer: Customer
let stranger: Customer
let ids: string[]

beforeAll(async () => {
  world = await World.create()
  ;[customer, stranger] = await Promise.all([world.customer(), world.customer()])
  const sku = await world.product({ stock: 100 })
  ids = []
  for (let index = 0; index < 5; index++) ids.push((await world.place(customer, [{ sku, quantity: 1 }])).json().id)
  await world.place(customer, [{ sku, quantity: 1_000 }])
})
afterAll(async () => world.close())

const staff = (): Customer => ({ id: '', headers: world.staff })

describe('GET /orders/{id}', () => {
  it('200 with the history of the order', async () => {
    const answer = await world.get(customer, `/orders/${ids[0]}`)
    expect(answer.statusCode).toBe(200)
    expect(answer.json().history).toMatchObject([
      { from: null, to: 'PENDING', actor: `user:${customer.id}` },
      { from: 'PENDING', to: 'RESERVED', actor: 'system' },
      { from: 'RESERVED', to: 'CONFIRMED', actor: 'system' },
    ])
  })

  it('404 for the order of somebody else, the same as for none', async () => {
    const theirs = await world.get(stranger, `/orders/${ids[0]}`)
    const none = await world.get(stranger, `/orders/${randomUUID()}`)
    expect([theirs.statusCode, none.statusCode]).toEqual([404, 404])
    expect(theirs.json().detail).toBe(none.json().detail)
  })

  it('200 for staff', async () => {
    expect((await world.get(staff(), `/orders/${ids[0]}`)).statusCode).toBe(200)
  })

  it.each(['zz', '123', '%00', "1' or '1'='1"])('400 for the id %s', async (id) => {
    expect((await world.get(customer, `/orders/${encodeURIComponent(id)}`)).statusCode).toBe(400)
  })
})

describe('GET /orders', () => {
  it('my orders, newest first, page by page in both directions', async () => {
    const first = (await world.get(customer, '/orders?limit=4')).json()
    expect(first.items).toHaveLength(4)
    expect(first.previous).toBeUndefined()
    const second = (await world.get(customer, `/orders?limit=4&cursor=${first.next}`)).json()
    expect(second.items).toHaveLength(2)
    expect(second.next).toBeUndefined()
    const dates = [...first.items, ...second.items].map(({ createdAt }) => createdAt)
    expect(dates).toEqual(dates.toSorted().toReversed())
    const back = (await world.get(customer, `/orders?limit=4&cursor=${second.previous}`)).json()
    expect(back.items).toEqual(first.items)
  })

  it('nothing of anybody else', async () => {
    expect((await world.get(stranger, '/orders')).json()).toEqual({ items: [] })
  })

  it('filters by status and by time', async () => {
    const rejected = (await world.get(customer, '/orders?status=REJECTED')).json().items
    expect(rejected).toMatchObject([{ status: 'REJECTED', totalCents: null, rejection: { reason: 'insufficient-stock' } }])
    const later = encodeURIComponent(rejected[0].createdAt)
    const several = (await world.get(customer, '/orders?status[in]=REJECTED,CONFIRMED&sort=createdAt')).json().items
    expect(several).toHaveLength(6)
    expect(several.at(-1)).toEqual(rejected[0])
    expect((await world.get(customer, `/orders?createdAt[lt]=${later}`)).json().items).toHaveLength(5)
    expect((await world.get(customer, `/orders?createdAt[gt]=${later}`)).json().items).toHaveLength(0)
  })

  it('400 for a cursor that was tampered with, and for one of another list', async () => {
    const { next } = (await world.get(customer, '/orders?limit=2')).json()
    const answers = await Promise.all([
      world.get(customer, `/orders?limit=2&cursor=${next.slice(0, -2)}xx`),
      world.get(customer, `/orders?limit=2&status=REJECTED&cursor=${next}`),
      world.get(stranger, `/orders?limit=2&cursor=${next}`),
      world.get(customer, '/orders?cursor=garbage'),
    ])
    expect(answers.map(({ statusCode }) => statusCode)).toEqual([400, 400, 400, 400])
    expect(answers[0]?.json().type).toBe('/problems/invalid-cursor')
  })

  it.each([
    'limit=0',
    'limit=-1',
    'limit=101',
    'limit=1e10',
    'limit=x',
    'status=LOST',
    'createdAt[gt]=yesterday',
    'createdAt=2026-01-01T00:00:00Z',
    'createdAfter=2026-01-01T00:00:00Z',
    'status[in]=CONFIRMED,LOST',
    'status[contains]=C',
    'sort=totalCents',
    'userId=1',
    'limit[$gt]=1',
  ])('400 for ?%s', async (query) => {
    const answer = await world.get(customer, `/orders?${query}`)
    expect(answer.statusCode).toBe(400)
    expect(answer.json().errors).toMatchObject([{ parameter: query.split('=')[0] }])
  })
})

describe('GET /orders/all', () => {
  it('everybody’s orders for staff, narrowed to one user on demand', async () => {
    expect((await world.get(staff(), '/orders/all')).json().items).toHaveLength(6)
    expect((await world.get(staff(), `/orders/all?userId=${stranger.id}`)).json().items).toHaveLength(0)
  })

  it('403 for a customer', async () => {
    expect((await world.get(customer, '/orders/all')).statusCode).toBe(403)
  })
})
