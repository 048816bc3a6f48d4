import { hash, randomUUIDv7 } from 'node:crypto'
import { Problem } from '@polystore/service-kit'
import type { IdempotencyRow } from '../idempotency/idempotency-table.ts'
import { learnUser } from '../users/learn-user.ts'
import { decideOrder, type Decision } from './decide-order.ts'
import { mergeLines, type OrderedLine } from './order.ts'
import type { OrderDependencies } from './order-dependencies.ts'
import type { NewOrder } from './group-writes/new-order.ts'
import type { PlaceOutcome } from './group-writes/order-placer.ts'
import { refusalProblem } from './refusal.ts'

export interface PlaceOrderInput {
  readonly userId: string
  readonly idempotencyKey: string
  readonly lines: readonly OrderedLine[]
  /** The cart that is checked out: it goes when the order is confirmed, unless it was changed since. */
  readonly cart?: { readonly id: string; readonly version: number }
}

export interface PlacedOrder {
  readonly orderId: string
  /** An `OrderView` as JSON: stored when the order was confirmed, and sent as it is. */
  readonly body: string
  /** True when the answer is that of an earlier request with the same key. */
  readonly replayed: boolean
}

/**
 * Places an order once per key: the order row exists before any stock is taken, so that whatever dies, one query finds it.
 * @throws Problem user-inactive, insufficient-stock, unknown-sku, mixed-currencies, idempotency-key-reused, idempotency-in-flight
 */
export async function placeOrder(dependencies: OrderDependencies, input: PlaceOrderInput): Promise<PlacedOrder> {
  const order = newOrder(input)
  const outcome = await writeOrder(dependencies, order)
  switch (outcome.kind) {
    case 'user-unknown':
    case 'user-inactive':
      throw new Problem('user-inactive')
    case 'key-taken':
      return storedAnswer(dependencies, order, input)
    case 'placed':
      return decide(dependencies, { order, createdAt: outcome.createdAt }, input)
  }
}

function newOrder({ userId, idempotencyKey, lines, cart }: PlaceOrderInput): NewOrder {
  return { id: randomUUIDv7(), userId, idempotencyKey, fingerprint: fingerprintOf(lines), lines: mergeLines(lines), cart }
}

/** Of a user whom no event has told of yet, auth is asked; that happens once for each user. */
async function writeOrder(dependencies: OrderDependencies, order: NewOrder): Promise<PlaceOutcome> {
  const outcome = await dependencies.placer.place(order)
  if (outcome.kind !== 'user-unknown') return outcome
  return (await learnUser(dependencies, order.userId)) ? dependencies.placer.place(order) : outcome
}

async function decide(
  dependencies: OrderDependencies,
  { order, createdAt }: { readonly order: NewOrder; readonly createdAt: string },
  input: PlaceOrderInput,
): Promise<PlacedOrder> {
  const { id, userId, lines } = order
  const decision = await decideOrder(dependencies, { id, userId, lines, status: 'PENDING', version: 1, createdAt })
  const answer = decision === undefined ? await storedAnswer(dependencies, order, input) : answerOf(id, decision, input)
  return { ...answer, replayed: false }
}

function answerOf(orderId: string, decision: Decision, { lines }: PlaceOrderInput): PlacedOrder {
  if ('refusal' in decision) throw refusalProblem({ orderId, ...decision.refusal }, lines)
  return { orderId, body: decision.body, replayed: true }
}

/** What the first request with the key was answered. */
async function storedAnswer({ keys }: OrderDependencies, { userId, idempotencyKey, fingerprint }: NewOrder, input: PlaceOrderInput) {
  const row = await keys.find(userId, idempotencyKey)
  if (row !== undefined && row.fingerprint !== fingerprint) throw new Problem('idempotency-key-reused')
  const decision = row === undefined ? undefined : decisionOf(row)
  if (row === undefined || decision === undefined) throw new Problem('idempotency-in-flight', { headers: { 'retry-after': '1' } })
  return answerOf(row.orderId, decision, input)
}

function decisionOf({ body, refusal }: IdempotencyRow): Decision | undefined {
  if (refusal !== null) return { refusal }
  return body === null ? undefined : { body }
}

function fingerprintOf(lines: readonly OrderedLine[]): string {
  return hash('sha256', JSON.stringify(lines.map(({ sku, quantity }) => [sku, quantity])), 'base64url')
}
