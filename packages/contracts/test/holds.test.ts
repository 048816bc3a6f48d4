import { describe, expect, it } from 'vitest'
import { hold, reserveRequest, sku } from '../src/index.ts'

describe('a SKU', () => {
  it.each(['22914', '85123A', 'DCGS0003', 'a.b_c-d', 'x'.repeat(64)])('may be %s', (value) => {
    expect(sku.safeParse(value).success).toBe(true)
  })

  it.each(['', ' 22914', '$where', '../stock', 'a/b', 'a b', 'A\u0000', '-x', 'x'.repeat(65), 'ÄB', 'A\n'])('may not be %j', (value) => {
    expect(sku.safeParse(value).success).toBe(false)
  })
})

describe('a reserve request', () => {
  const line = { sku: '22914', quantity: 1 }

  it('takes 1 to 1,000 lines', () => {
    const lines = (count: number) => ({ lines: Array.from({ length: count }, () => line) })
    expect([0, 1, 1_000, 1_001].map((count) => reserveRequest.safeParse(lines(count)).success)).toEqual([false, true, true, false])
  })

  it.each([0, -1, 1.5, 1_000_001, Number.NaN, Number.POSITIVE_INFINITY, '1', null])('refuses the quantity %s', (quantity) => {
    expect(reserveRequest.safeParse({ lines: [{ ...line, quantity }] }).success).toBe(false)
  })

  it('refuses a price from the caller', () => {
    expect(reserveRequest.safeParse({ lines: [{ ...line, unitPriceCents: 1 }] }).success).toBe(false)
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
