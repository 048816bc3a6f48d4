import { createHash, randomUUIDv7 } from 'node:crypto'
import { Problem } from '@polystore/service-kit'
import { appendEvent } from '../events/outbox-repository.ts'
import { advanceOrder } from './advance-order.ts'
import { mergeLines, type OrderedLine } from './order.ts'
import type { OrderDependencies } from './order-dependencies.ts'
import type { OrderView } from './order-schemas.ts'
import { refusalProblem } from './refusal.ts'

export interface PlaceOrderInput {
  readonly userId: string
  readonly idempotencyKey: string
  readonly lines: readonly OrderedLine[]
  readonly signal: AbortSignal
}

export interface PlacedOrder {
  readonly order: OrderView
  /** True when the answer is that of an earlier request with the same key. */
  readonly replayed: boolean
}

/**
 * Places an order once per key: the order row exists before any stock is taken, so that whatever dies, one query finds it.
 * @throws Problem user-inactive, insufficient-stock, unknown-sku, mixed-currencies, idempotency-key-reused, idempotency-in-flight
 */
export async function placeOrder(dependencies: OrderDependencies, input: PlaceOrderInput): Promise<PlacedOrder> {
  await requireActiveUser(dependencies, input)
  const orderId = randomUUIDv7()
  const placed = await insertOrder(dependencies, input, orderId)
  if (!placed) return { order: await answerFor(dependencies, input), replayed: true }
  const order = await dependencies.orders.get(orderId)
  await advanceOrder(dependencies, { order, expired: false }, input.signal)
  return { order: await answerFor(dependencies, input), replayed: false }
}

async function requireActiveUser({ users }: OrderDependencies, { userId, signal }: PlaceOrderInput): Promise<void> {
  if (!(await users.isActive(userId, signal))) throw new Problem('user-inactive')
}

async function insertOrder(dependencies: OrderDependencies, input: PlaceOrderInput, orderId: string): Promise<boolean> {
  const { database, orders, keys, graceSeconds, expirySeconds } = dependencies
  const { userId, idempotencyKey: key } = input
  const lines = mergeLines(input.lines)
  try {
    await database.transaction(async (tx) => {
      await orders.insertPending({ id: orderId, userId, lines, graceSeconds, expirySeconds }, tx)
      if (!(await keys.claim({ userId, key, fingerprint: fingerprintOf(input.lines), orderId }, tx))) throw new KeyTaken()
      await appendEvent('order.placed', { orderId, userId, version: 1, lines }, tx)
    })
    return true
  } catch (error) {
    if (error instanceof KeyTaken) return false
    throw error
  }
}

/** Rolls the order back that nobody asked for. */
class KeyTaken extends Error {}

async function answerFor({ keys }: OrderDependencies, input: PlaceOrderInput): Promise<OrderView> {
  const row = await keys.find(input.userId, input.idempotencyKey)
  if (row !== undefined && row.fingerprint !== fingerprintOf(input.lines)) {
    throw new Problem('idempotency-key-reused')
  }
  const answer = row?.answer
  if (answer === undefined || answer === null) {
    throw new Problem('idempotency-in-flight', { headers: { 'retry-after': '1' } })
  }
  if (answer.kind === 'refusal') throw refusalProblem(answer, input.lines)
  return answer.order
}

function fingerprintOf(lines: readonly OrderedLine[]): string {
  const canonical = JSON.stringify(lines.map(({ sku, quantity }) => [sku, quantity]))
  return createHash('sha256').update(canonical).digest('base64url')
}
