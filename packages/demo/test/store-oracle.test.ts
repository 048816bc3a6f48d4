import { expect, it } from 'vitest'
import { judgeStores, type Claim, type StoreEvidence } from '../src/store-oracle.ts'

const line = { sku: 'A', quantity: 2 }

/** One confirmed order of two pieces, and all that belongs to it. */
const whole: StoreEvidence = {
  stock: [{ sku: 'A', available: 8, reserved: 0, sold: 2 }],
  adjusted: new Map([['A', 10]]),
  holds: [{ orderId: 'o1', state: 'COMMITTED', lines: [line] }],
  orders: [{ id: 'o1', userId: 'u1', status: 'CONFIRMED', totalCents: 500, waiting: false, lines: [{ ...line, unitPriceCents: 250 }] }],
  keys: [{ userId: 'u1', key: 'k1', orderId: 'o1', answered: true }],
  history: [
    { orderId: 'o1', from: null, to: 'PENDING' },
    { orderId: 'o1', from: 'PENDING', to: 'CONFIRMED' },
  ],
  levels: new Map(),
  users: [{ id: 'u1', active: true, known: true }],
  undelivered: [],
  failed: [],
}
const claim: Claim = { userId: 'u1', key: 'k1', outcome: 'accepted', orderIds: new Set(['o1']), cancelling: 'no' }
const [order] = whole.orders

function broken(evidence: Partial<StoreEvidence>, claims: readonly Claim[] = [claim]): string[] {
  return judgeStores({ ...whole, ...evidence }, claims)
    .filter(({ ok }) => !ok)
    .map(({ name }) => name)
}

it('finds nothing wrong with an order that is whole', () => {
  expect(broken({})).toEqual([])
})

it.each<[string, Partial<StoreEvidence>, string]>([
  [
    'a lost piece',
    { stock: [{ sku: 'A', available: 7, reserved: 0, sold: 2 }] },
    'stock equation: adjustments = available + reserved + sold',
  ],
  ['a hold left behind', { holds: [{ orderId: 'o1', state: 'HELD', lines: [line] }] }, 'no hold is HELD'],
  ['a hold without an order', { orders: [] }, 'every hold has an order'],
  ['an event that is still to be told', { undelivered: ['orders: order.confirmed of o1'] }, 'every outbox is drained'],
  ['an event that failed', { failed: ['products: holds e1'] }, 'no event failed at its consumer'],
  [
    'a user who is deactivated and may still order',
    { users: [{ id: 'u1', active: false, known: true }] },
    'orders knows of every user what auth knows',
  ],
  ['a SKU that is wrongly sold out', { levels: new Map([['A', 'depleted']]) }, 'orders knows of every SKU whether it is sold out'],
  ['a key without an answer', { keys: [{ userId: 'u1', key: 'k1', orderId: 'o1', answered: false }] }, 'every key has its answer'],
  ['an order under no key', { keys: [] }, 'one order, one key'],
  [
    'a gap in the history',
    { history: [{ orderId: 'o1', from: 'PENDING', to: 'CONFIRMED' }] },
    'the history of every order is one chain that ends in its status',
  ],
  ['an order that waits', { orders: order ? [{ ...order, waiting: true }] : [] }, 'every order has come to rest'],
  ['a wrong total', { orders: order ? [{ ...order, totalCents: 1 }] : [] }, 'totals in pence = quantities times prices'],
])('sees %s', (_, evidence, name) => {
  expect(broken(evidence)).toContain(name)
})

it('sees two orders of one key, a 201 of an order that was never confirmed, and a 409 of one that was', () => {
  expect(broken({}, [{ ...claim, orderIds: new Set(['o1', 'o2']) }])).toContain(
    'one key, one order, the same in every answer and in the database',
  )
  expect(broken({}, [{ ...claim, orderIds: new Set(['o2']) }])).toContain('every 201 is an order that was confirmed')
  expect(broken({}, [{ ...claim, outcome: 'refused' }])).toEqual(['every 409 is an order that took nothing'])
})
