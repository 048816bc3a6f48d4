import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import type { CloudEvent } from '@polystore/contracts'
import { describe, expect, test } from 'vitest'
import { saleChanges, type SaleEvent } from '../src/sales/sale.ts'
import { anonymous, customer, newSku, orders, staff, useProducts, type Line } from './harness.ts'

const products = useProducts()

const head = (orderId: string) => ({
  specversion: '1.0' as const,
  id: randomUUID(),
  source: '/orders',
  subject: orderId,
  sequence: 2,
  time: new Date().toISOString(),
  datacontenttype: 'application/json' as const,
})

function confirmed(lines: Line[], orderId: string = randomUUID()): CloudEvent<'order.confirmed'> {
  const data = { orderId, userId: randomUUID(), lines, totalCents: 1, currency: 'GBP' }
  return { ...head(orderId), type: 'order.confirmed', data }
}

function cancelled(returned: Line[], orderId: string = randomUUID()): CloudEvent<'order.cancelled'> {
  return { ...head(orderId), type: 'order.cancelled', data: { orderId, userId: randomUUID(), returned, reason: 'changed my mind' } }
}

async function tell(events: readonly SaleEvent[]): Promise<unknown> {
  const headers = { 'content-type': 'application/cloudevents-batch+json' }
  const { status, body } = await products.call('POST', '/internal/events', { as: orders, body: events, headers })
  expect(status).toBe(200)
  return body.accepted
}

async function soldOf(...skus: readonly string[]): Promise<unknown[]> {
  const { body } = await products.call('GET', '/products/best-sellers?limit=100', { as: staff })
  return body.items.filter((item: { sku: string }) => skus.includes(item.sku))
}

describe('sales', () => {
  test('confirmed lines are added, returned ones taken away, each event once, the best first', async () => {
    const [one, two] = [newSku(), newSku()]
    const first = confirmed([{ sku: one, quantity: 2 }, { sku: two, quantity: 3 }, { sku: two, quantity: 4 }]) // prettier-ignore
    const second = confirmed([{ sku: one, quantity: 5 }])
    const back = cancelled(first.data.lines, first.data.orderId)
    const all = [first, second, back]
    expect(await tell([first, second])).toEqual([first.id, second.id])
    expect(await soldOf(one, two)).toEqual(
      [
        { sku: one, pieces: 7, orders: 2 },
        { sku: two, pieces: 7, orders: 1 },
      ].toSorted((a, b) => (a.sku < b.sku ? -1 : 1)),
    )
    for (const again of [all, all.toReversed(), [first, first]]) await tell(again)
    expect(await soldOf(one, two)).toEqual([{ sku: one, pieces: 5, orders: 1 }])
  })

  test('a cancellation that overtook its confirmation is counted all the same', async () => {
    const sku = newSku()
    const order = confirmed([{ sku, quantity: 2 }])
    await tell([cancelled([{ sku, quantity: 2 }], order.data.orderId)])
    expect(await soldOf(sku)).toEqual([])
    await tell([order, confirmed([{ sku, quantity: 1 }])])
    expect(await soldOf(sku)).toEqual([{ sku, pieces: 1, orders: 1 }])
  })

  test('however events are put into batches, the sums are the same', () => {
    const line = fc.record({ sku: fc.constantFrom('A', 'B', 'C'), quantity: fc.integer({ min: 1, max: 9 }) })
    const event = fc
      .record({ lines: fc.array(line, { maxLength: 4 }), back: fc.boolean() })
      .map(({ lines, back }): SaleEvent => (back ? cancelled(lines) : confirmed(lines)))
    const sumOf = (batches: readonly (readonly SaleEvent[])[]) => {
      const sums: Record<string, [number, number]> = {}
      for (const { id, pieces, orders: count } of batches.flatMap((batch) => saleChanges(batch))) {
        const [knownPieces, knownCount] = sums[id] ?? [0, 0]
        sums[id] = [knownPieces + pieces, knownCount + count]
      }
      return Object.fromEntries(Object.entries(sums).filter(([, [pieces, count]]) => pieces !== 0 || count !== 0))
    }
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), fc.nat(12), (events, cut) => {
        const apart = sumOf(events.map((one) => [one]))
        expect(sumOf([events])).toEqual(apart)
        expect(sumOf([events.slice(cut), events.slice(0, cut)])).toEqual(apart)
      }),
    )
  })

  test('best sellers are for staff, and as many as were asked for', async () => {
    const path = '/products/best-sellers'
    expect((await products.call('GET', path, { as: customer })).status).toBe(403)
    expect((await products.call('GET', path, { as: anonymous })).status).toBe(401)
    for (const limit of ['0', '101', 'x']) expect((await products.call('GET', `${path}?limit=${limit}`)).status).toBe(400)
    await tell([confirmed([{ sku: newSku(), quantity: 9 }, { sku: newSku(), quantity: 8 }])]) // prettier-ignore
    expect((await products.call('GET', `${path}?limit=1`)).body.items).toHaveLength(1)
  })

  test('events come from services alone', async () => {
    const headers = { 'content-type': 'application/cloudevents-batch+json' }
    const body = [confirmed([{ sku: newSku(), quantity: 1 }])]
    for (const as of [staff, customer]) expect((await products.call('POST', '/internal/events', { as, body, headers })).status).toBe(403)
    expect((await products.call('POST', '/internal/events', { as: orders, body })).status).toBe(415)
  })
})
