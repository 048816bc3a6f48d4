import { describe, expect, it } from 'vitest'
import { hold, maxHoldsPerCommand, reserveRequest, sku } from '../src/index.ts'

describe('a SKU', () => {
  it.each(['22914', '85123A', 'DCGS0003', 'a.b_c-d', 'x'.repeat(64)])('may be %s', (value) => {
    expect(sku.safeParse(value).success).toBe(true)
  })

  it.each(['', ' 22914', '$where', '../stock', 'a/b', 'a b', 'A\u0000', '-x', 'x'.repeat(65), 'ÄB', 'A\n'])('may not be %j', (value) => {
    expect(sku.safeParse(value).success).toBe(false)
  })
})

describe('a reserve request', () => {
  const orderId = '01a1fe35-62dc-75b6-bee1-4d9cf0fd22cf'
  const line = { sku: '22914', quantity: 1 }
  const accepts = (lines: readonly unknown[]) => reserveRequest.safeParse({ orders: [{ orderId, lines }] }).success
  const copies = <Item>(count: number, item: Item) => Array.from({ length: count }, () => item)

  it('takes 1 to 1,000 lines of an order', () => {
    expect([0, 1, 1_000, 1_001].map((count) => accepts(copies(count, line)))).toEqual([false, true, true, false])
  })

  it('takes 1 to 64 orders', () => {
    const takes = (count: number) => reserveRequest.safeParse({ orders: copies(count, { orderId, lines: [line] }) }).success
    expect([0, 1, maxHoldsPerCommand, maxHoldsPerCommand + 1].map(takes)).toEqual([false, true, true, false])
  })

  it.each([0, -1, 1.5, 1_000_001, Number.NaN, Number.POSITIVE_INFINITY, '1', null])('refuses the quantity %s', (quantity) => {
    expect(accepts([line])).toBe(true)
    expect(accepts([{ ...line, quantity }])).toBe(false)
  })

  it('refuses a price from the caller', () => {
    expect(accepts([{ ...line, unitPriceCents: 1 }])).toBe(false)
  })
})

describe('a hold', () => {
  const orderId = '01a1fe35-62dc-75b6-bee1-4d9cf0fd22cf'

  it('shows lines when stock was taken, a reason when it was refused, and nothing when it came too late', () => {
    const line = { sku: '22914', quantity: 2, name: 'Rack', unitPriceCents: 495, currency: 'GBP' }
    expect(hold.safeParse({ orderId, state: 'HELD', lines: [line] }).success).toBe(true)
    expect(hold.safeParse({ orderId, state: 'REJECTED', reason: 'unknown-sku', skus: ['22914'] }).success).toBe(true)
    expect(hold.safeParse({ orderId, state: 'TOMBSTONE' }).success).toBe(true)
  })

  it('is refused with the members of another state', () => {
    expect(hold.safeParse({ orderId, state: 'HELD' }).success).toBe(false)
    expect(hold.safeParse({ orderId, state: 'REJECTED', lines: [] }).success).toBe(false)
    expect(hold.safeParse({ orderId, state: 'LOST' }).success).toBe(false)
  })
})
