import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, it } from 'vitest'
import { confirmed, customer, newSku, orders, release, sell, tell, useProducts } from './harness.ts'

const products = useProducts()

interface Item {
  readonly id: string
  readonly kind: string
  readonly quantity: number
  readonly orderId: string | null
  readonly at: string
}
interface Page {
  readonly items: readonly Item[]
  readonly next?: string
  readonly previous?: string
}

async function pageOf(sku: string, limit: number, cursor?: string): Promise<Page> {
  const { status, body } = await products.call('GET', `/stock/${sku}/movements?limit=${limit}${cursor ? `&cursor=${cursor}` : ''}`)
  expect(status).toBe(200)
  return body
}

/** All pages from a cursor on, in one direction. */
async function walk(sku: string, limit: number, direction: 'next' | 'previous', from?: string): Promise<Page[]> {
  const pages = [await pageOf(sku, limit, from)]
  for (let cursor = pages[0]?.[direction]; cursor !== undefined; cursor = pages.at(-1)?.[direction]) {
    pages.push(await pageOf(sku, limit, cursor))
  }
  return pages
}

const idsOf = (pages: readonly Page[]): string[] => pages.flatMap(({ items }) => items.map(({ id }) => id))

describe('GET /stock/{sku}/movements', () => {
  let sku: string
  const orderIds = Array.from({ length: 12 }, () => randomUUID())

  beforeAll(async () => {
    sku = await sell(products, { stock: 50 })
    const lines = [{ sku, quantity: 2 }]
    // One turn: all are held in the same millisecond.
    await products.call('POST', '/holds/reserve', { as: orders, body: { orders: orderIds.map((orderId) => ({ orderId, lines })) } })
    await products.call('POST', `/stock/${sku}/adjustments`, { body: { quantity: 7, reason: 'delivery' } })
    await tell(products, orderIds.slice(0, 8).map(confirmed))
    await release(products, orderIds[0] ?? '')
    await products.call('POST', `/stock/${sku}/adjustments`, { body: { quantity: -3, reason: 'broken' } })
    await release(products, orderIds[11] ?? '')
  })

  it('is one list of adjustments and steps of holds, newest first', async () => {
    const { items, next, previous } = await pageOf(sku, 100)
    expect([next, previous]).toEqual([undefined, undefined])
    expect(Map.groupBy(items, ({ kind }) => kind).entries().toArray().map(([kind, all]) => [kind, all.length]).toSorted()).toEqual([
      ['adjust', 3], ['commit', 8], ['release', 1], ['reserve', 12], ['return', 1],
    ]) // prettier-ignore
    expect(items.map(({ at }) => at)).toEqual(
      items
        .map(({ at }) => at)
        .toSorted()
        .toReversed(),
    )
    const kinds = items.filter(({ orderId }) => orderId === orderIds[0]).map(({ kind, quantity }) => [kind, quantity])
    expect(kinds).toEqual([['return', 2], ['commit', 2], ['reserve', 2]]) // prettier-ignore
    expect(items.at(-1)).toMatchObject({ kind: 'adjust', quantity: 50, availableAfter: 50 })
  })

  it.each([1, 2, 3, 5, 24, 25])('shows each once over pages of %i, there and back', async (limit) => {
    const all = idsOf([await pageOf(sku, 100)])
    const pages = await walk(sku, limit, 'next')
    expect(idsOf(pages)).toEqual(all)
    expect(pages.slice(0, -1).every(({ items }) => items.length === limit)).toBe(true)
    expect(pages[0]?.previous).toBeUndefined()
    const back = pages.length > 1 ? await walk(sku, limit, 'previous', pages.at(-1)?.previous) : []
    expect(idsOf(back.toReversed())).toEqual(idsOf(pages.slice(0, -1)))
    expect(pages.length === 1 || back.at(-1)?.previous === undefined).toBe(true)
  })

  it('goes on where it was, whatever is new meanwhile', async () => {
    const first = await pageOf(sku, 10)
    await products.call('POST', `/stock/${sku}/adjustments`, { body: { quantity: 1, reason: 'found' } })
    const rest = await walk(sku, 10, 'next', first.next)
    const all = idsOf([await pageOf(sku, 100)])
    expect([...idsOf([first]), ...idsOf(rest)]).toEqual(all.slice(1))
    expect(idsOf([await pageOf(sku, 10, rest[0]?.previous)])).toEqual(idsOf([first]))
  })

  it('400 for the cursor of another SKU', async () => {
    const { next } = await pageOf(sku, 1)
    const foreign = await products.call('GET', `/stock/${newSku()}/movements?limit=1&cursor=${next}`)
    expect(foreign).toMatchObject({ status: 400, body: { type: '/problems/invalid-cursor' } })
  })

  it('403 for a customer', async () => {
    expect((await products.call('GET', `/stock/${newSku()}/movements`, { as: customer })).status).toBe(403)
  })
})
