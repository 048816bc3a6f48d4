import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { sql } from 'drizzle-orm'
import { startService } from '@polystore/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CartRepository } from '../src/carts/cart-repository.ts'
import { cartTag, requireCartTag } from '../src/carts/cart-tag.ts'
import { StockLevelRepository } from '../src/stock-levels/stock-level-repository.ts'
import { eventually } from './support/eventually.ts'
import { World, type Customer } from './support/world.ts'

let world: World
beforeAll(async () => {
  world = await World.create()
})
afterAll(async () => world.close())

const get = async (customer: Customer) => world.get(customer, '/carts/mine')
const put = async (customer: Customer, sku: string, quantity: number) =>
  world.service.inject({ method: 'PUT', url: `/carts/mine/lines/${sku}`, headers: customer.headers, payload: { quantity } })
const remove = async (customer: Customer, url = '/carts/mine') => world.service.inject({ method: 'DELETE', url, headers: customer.headers })
const checkOut = async (customer: Customer, tag: string | undefined) =>
  world.service.inject({
    method: 'POST',
    url: '/carts/mine/checkout',
    headers: { ...customer.headers, ...(tag === undefined ? {} : { 'if-match': tag }) },
  })

/** A cart with one line of a new product; answers its ETag. */
async function fill(customer: Customer, { stock, quantity = 1 }: { stock: number; quantity?: number }) {
  const sku = await world.product({ stock })
  const answer = await put(customer, sku, quantity)
  return { sku, tag: String(answer.headers['etag']) }
}

const ordersOf = async (customer: Customer) => (await world.get(customer, '/orders')).json().items

describe('a cart', () => {
  it('is described with an If-Match as it is given and taken', async () => {
    const { paths } = (await world.service.inject('/openapi.json')).json()
    const [{ name, required, schema }] = paths['/carts/mine/checkout'].post.parameters
    expect({ name, required }).toEqual({ name: 'if-match', required: true })
    expect(cartTag(requireCartTag(schema.examples[0]))).toBe(schema.examples[0])
  })

  it('holds what was put last, shows what is heard of the stock, and is nobody else’s', async () => {
    const [mine, other] = [await world.customer(), await world.customer()]
    expect((await get(mine)).json()).toEqual({ id: null, version: 0, lines: [], expiresAt: null })
    const first = await put(mine, 'A-1', 2)
    const same = await put(mine, 'A-1', 2)
    expect(same.headers['etag']).toBe(first.headers['etag'])
    await new StockLevelRepository(world.database).note([{ sku: 'B-2', level: 'low', sequence: 1 }])
    await put(mine, 'B-2', 1)
    const changed = await put(mine, 'A-1', 5)
    expect(changed.headers['etag']).not.toBe(first.headers['etag'])
    expect(changed.json().lines).toMatchObject([
      { sku: 'A-1', quantity: 5, stock: 'enough' },
      { sku: 'B-2', quantity: 1, stock: 'low' },
    ])
    expect((await get(mine)).json()).toEqual(changed.json())
    expect((await get(other)).json().lines).toEqual([])
    await remove(mine, '/carts/mine/lines/A-1')
    expect((await remove(mine, '/carts/mine/lines/A-1')).json().lines).toMatchObject([{ sku: 'B-2' }])
    expect((await remove(mine)).statusCode).toBe(204)
    expect((await get(mine)).json().id).toBeNull()
  })

  it('409 for one SKU too many, 400 for what is no line, 401 for nobody', async () => {
    const mine = await world.customer()
    const { id } = (await put(mine, 'S-0', 1)).json()
    await world.database.execute(
      sql`insert into cart_lines (cart_id, sku, quantity) select ${id}, 'S-' || n, 1 from generate_series(1, 99) n`,
    )
    expect((await put(mine, 'S-100', 1)).json()).toMatchObject({ status: 409, type: '/problems/cart-full' })
    expect((await put(mine, 'S-99', 7)).statusCode).toBe(200)
    expect((await get(mine)).json().lines).toHaveLength(100)
    const faults = await Promise.all([put(mine, 'S-1', 0), put(mine, 'S-1', 1.5), put(mine, 'S-1', 1_000_001), put(mine, '$ne', 1)])
    expect(faults.map(({ statusCode }) => statusCode)).toEqual([400, 400, 400, 400])
    expect((await get({ id: '', headers: world.signed({ kind: 'anonymous' }) })).statusCode).toBe(401)
  })

  it('lines put at once are all there', async () => {
    const mine = await world.customer()
    await Promise.all(Array.from({ length: 20 }, async (_, index) => put(mine, `P-${index}`, 1)))
    expect((await get(mine)).json()).toMatchObject({ version: 21, lines: { length: 20 } })
  })

  it('that has expired is gone: for its reader, for who puts something in, and in the end from the table', async () => {
    const mine = await world.customer()
    const { id } = (await put(mine, 'E-1', 1)).json()
    const expire = async () => world.database.execute(sql`update carts set expires_at = now() where user_id = ${mine.id}`)
    await expire()
    expect((await get(mine)).json()).toMatchObject({ id: null, lines: [] })
    const next = (await put(mine, 'E-2', 1)).json()
    expect(next.id).not.toBe(id)
    expect(next.lines).toMatchObject([{ sku: 'E-2' }])
    await expire()
    const carts = new CartRepository(world.database)
    expect(await carts.purgeExpired()).toBe(1)
    expect(await carts.find(next.id)).toBeUndefined()
  })
})

describe('POST /carts/mine/checkout', () => {
  it('201 once: the cart is gone, and asking again gives the same order', async () => {
    const mine = await world.customer()
    const { sku, tag } = await fill(mine, { stock: 10, quantity: 3 })
    const first = await checkOut(mine, tag)
    expect(first.statusCode).toBe(201)
    expect(first.json()).toMatchObject({ status: 'CONFIRMED', lines: [{ sku, quantity: 3 }] })
    expect(first.headers['location']).toBe(`/orders/${first.json().id}`)
    expect((await get(mine)).json().id).toBeNull()
    const again = await checkOut(mine, tag)
    expect([again.statusCode, again.headers['idempotent-replayed'], again.body]).toEqual([201, 'true', first.body])
    await put(mine, sku, 1)
    expect((await checkOut(mine, tag)).body).toBe(first.body)
    expect((await get(mine)).json().lines).toMatchObject([{ sku, quantity: 1 }])
    expect(await ordersOf(mine)).toHaveLength(1)
  })

  it('twenty at once make one order', async () => {
    const mine = await world.customer()
    const { sku, tag } = await fill(mine, { stock: 100, quantity: 2 })
    const answers = await Promise.all(Array.from({ length: 20 }, async () => checkOut(mine, tag)))
    const statuses = new Set(answers.map(({ statusCode }) => statusCode))
    expect(statuses).toContain(201)
    expect([...statuses].filter((status) => status !== 201 && status !== 409)).toEqual([])
    const [order, ...others] = await ordersOf(mine)
    expect(others).toEqual([])
    expect((await checkOut(mine, tag)).json().id).toBe(order.id)
    const settled = await eventually(async () => {
      const stock = await world.stock(sku)
      return stock.sold === 2 ? stock : undefined
    })
    expect(settled).toEqual({ available: 98, reserved: 0, sold: 2 })
  })

  it('409 keeps the cart: it is tried again with its new ETag, after the cart or only the stock has changed', async () => {
    const mine = await world.customer()
    const { sku, tag } = await fill(mine, { stock: 1, quantity: 2 })
    const refused = await checkOut(mine, tag)
    expect(refused.json()).toMatchObject({ status: 409, type: '/problems/insufficient-stock', skus: [sku] })
    expect((await checkOut(mine, tag)).statusCode).toBe(409)
    const kept = await get(mine)
    expect(kept.json().lines).toMatchObject([{ sku, quantity: 2 }])
    expect(kept.headers['etag']).not.toBe(tag)
    await world.ask(world.products, 'POST', `/stock/${sku}/adjustments`, world.staff, { quantity: 5, reason: 'delivery' })
    expect((await checkOut(mine, String(kept.headers['etag']))).statusCode).toBe(201)
    expect((await get(mine)).json().id).toBeNull()
  })

  it('412 for a cart that has changed or is another’s, 428 without If-Match, 400 for what is no ETag, 409 for an empty one', async () => {
    const [mine, other] = [await world.customer(), await world.customer()]
    const { sku, tag } = await fill(mine, { stock: 10 })
    const theirs = await fill(other, { stock: 10 })
    const current = await put(mine, sku, 2)
    expect((await checkOut(mine, tag)).json()).toMatchObject({ status: 412, type: '/problems/stale-version' })
    expect((await checkOut(mine, theirs.tag)).statusCode).toBe(412)
    expect((await checkOut(mine, undefined)).statusCode).toBe(428)
    expect((await checkOut(mine, '"1"')).statusCode).toBe(400)
    expect(await ordersOf(mine)).toEqual([])
    expect(String(current.headers['etag'])).toMatch(/^"[0-9a-f-]{36}:\d+"$/u)
    const empty = await remove(mine, `/carts/mine/lines/${sku}`)
    expect((await checkOut(mine, String(empty.headers['etag']))).json()).toMatchObject({ status: 409, type: '/problems/cart-empty' })
  })

  it('of a process that dies after it placed the order: recovery confirms, the cart is gone, and the retry gets that order', async () => {
    const mine = await world.customer()
    const { sku, tag } = await fill(mine, { stock: 10 })
    const folder = await mkdtemp(path.join(tmpdir(), 'polystore-carts-'))
    const crashFile = path.join(folder, 'crash')
    const other = await startService('orders', { ...world.environment, CRASH_FILE: crashFile })
    try {
      await writeFile(crashFile, 'after-place-commit SIGKILL')
      const headers = { ...mine.headers, 'if-match': tag }
      const request = { method: 'POST', headers, signal: AbortSignal.timeout(10_000) }
      await expect(fetch(`${other.url}/carts/mine/checkout`, request)).rejects.toThrow()
      const order = await eventually(async () => {
        const [one] = await ordersOf(mine)
        return one?.status === 'CONFIRMED' ? one : undefined
      })
      expect((await get(mine)).json()).toMatchObject({ id: null, lines: [] })
      expect((await checkOut(mine, tag)).json()).toMatchObject({ id: order.id, lines: [{ sku, quantity: 1 }] })
      expect(await ordersOf(mine)).toHaveLength(1)
    } finally {
      await other.stop()
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('403 for a deactivated user, who keeps the cart', async () => {
    const mine = await world.customer()
    const { tag } = await fill(mine, { stock: 10 })
    await world.deactivate(mine.id)
    // Until then the answer is that nothing of this name is sold.
    const heard = async () => (await world.place(mine, [{ sku: 'NOT-SOLD', quantity: 1 }])).statusCode === 403
    await eventually(async () => ((await heard()) ? true : undefined))
    const refused = await checkOut(mine, tag)
    expect(refused.statusCode).toBe(403)
    expect(refused.json()).toMatchObject({ type: '/problems/user-inactive' })
    expect((await get(mine)).json().lines).toHaveLength(1)
  })
})
