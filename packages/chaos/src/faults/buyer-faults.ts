import { randomUUID } from 'node:crypto'
import type { Claim } from '@polystore/demo'
import { z } from 'zod'
import type { Buyer } from '../load/buyer.ts'
import { hotSkus } from '../load/load.ts'
import type { World } from '../world/world.ts'
import { kill } from './crash.ts'
import type { Fault, Scene } from './fault.ts'

const problem = z.looseObject({ type: z.string() })

/** What buyers do, on purpose or not. */
export const buyerFaults: readonly Fault[] = [
  { id: 'F15', name: 'one SKU on two lines', short: false, strike: twoLines },
  { id: 'F16', name: 'the second SKU is short: nothing is held', short: false, strike: secondShort },
  { id: 'F17', name: '100 buyers of the last piece, and A,B against B,A', short: false, strike: lastPiece },
  { id: 'F18', name: 'a key used again: 100 at once, with another body, by another user', short: false, strike: keyReuse },
  { id: 'F19', name: 'a failed order, then a retry', short: false, strike: failedThenRetried },
  {
    id: 'F22',
    name: 'the gateway runs out of patience and the client sends the order again',
    short: false,
    needs: ['toxiproxy'],
    strike: gatewayTimeout,
  },
]

async function twoLines({ world }: Scene): Promise<void> {
  const sku = await newSku(world, 5)
  const [buyer] = world.buyers
  const three = [
    { sku, quantity: 2 },
    { sku, quantity: 1 },
  ]
  expectOutcome(await buyer?.place(three), 'accepted')
  expectOutcome(await buyer?.place(three), 'refused')
}

async function secondShort({ world }: Scene): Promise<void> {
  const [first, second] = [await newSku(world, 5), await newSku(world, 1)]
  const lines = [
    { sku: first, quantity: 1 },
    { sku: second, quantity: 2 },
  ]
  expectOutcome(await world.buyers[0]?.place(lines), 'refused')
  const stock = await world.stores.products.collection<{ _id: string; available: number }>('stock').findOne({ _id: first })
  if (stock?.available !== 5) throw new Error(`a refused order took stock: ${JSON.stringify(stock)}`)
}

async function lastPiece({ world, load }: Scene): Promise<void> {
  const sku = await newSku(world, 1)
  load()
  const hundred = Array.from({ length: 100 }, (_, index) => world.buyers[index % world.buyers.length])
  const claims = await Promise.all(hundred.map(async (buyer) => buyer?.place([{ sku, quantity: 1 }])))
  const winners = claims.filter((claim) => claim?.outcome === 'accepted').length
  if (winners !== 1) throw new Error(`the last piece was sold to ${winners} buyers`)
}

async function keyReuse({ world, load }: Scene): Promise<void> {
  const [buyer, other] = world.buyers
  if (buyer === undefined || other === undefined) throw new Error('two buyers are needed')
  load()
  const key = randomUUID()
  const lines = [{ sku: hotSkus.first, quantity: 1 }]
  const [mine, theirs] = await Promise.all([buyer.place(lines, { key, times: 100 }), other.place(lines, { key })])
  const [id] = theirs.orderIds
  if (id !== undefined && mine.orderIds.has(id)) throw new Error('two users share an order')
  await expectStatus(buyer, [{ sku: hotSkus.first, quantity: 2 }], { key, status: 422 })
}

/** A business refusal is kept; what failed with a database is not. */
async function failedThenRetried({ world }: Scene): Promise<void> {
  const sku = await newSku(world, 1)
  const [buyer] = world.buyers
  if (buyer === undefined) throw new Error('a buyer is needed')
  const key = randomUUID()
  expectOutcome(await buyer.place([{ sku, quantity: 2 }], { key }), 'refused')
  await expectStatus(buyer, [{ sku, quantity: 2 }], { key, status: 409 })
  const back = kill(world, 'mongo', 'SIGKILL')
  expectOutcome(await buyer.place([{ sku, quantity: 1 }]), 'accepted')
  await back
}

/** Answers of orders get lost on their way to the gateway, until it has answered 504 by itself. */
async function gatewayTimeout({ world }: Scene): Promise<void> {
  const lines = [{ sku: hotSkus.first, quantity: 1 }]
  const [buyer] = world.buyers
  const key = randomUUID()
  for (const process of ['orders', 'orders-2']) {
    await world.toxiproxy?.poison(`gateway>${process}`, { type: 'timeout', attributes: { timeout: 0 } }, 'downstream')
  }
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${buyer?.token}`, 'idempotency-key': key }
  const response = await fetch(`${world.stack.urls.gateway}/api/v1/orders`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ lines }),
    signal: AbortSignal.timeout(40_000),
  })
  await response.arrayBuffer()
  await world.toxiproxy?.heal()
  if (response.status < 500) throw new Error(`the gateway answered ${response.status} although no answer came through`)
  expectOutcome(await buyer?.place(lines, { key }), 'accepted')
}

async function newSku(world: World, stock: number): Promise<string> {
  const sku = `CHAOS-${randomUUID().slice(0, 8)}`
  await world.stockUp([{ sku, stock }])
  return sku
}

function expectOutcome(claim: Claim | undefined, outcome: Claim['outcome']): void {
  if (claim?.outcome !== outcome) throw new Error(`expected ${outcome}, got ${claim?.outcome}`)
}

async function expectStatus(
  buyer: Buyer,
  lines: Parameters<Buyer['order']>[0],
  { key, status }: { readonly key: string; readonly status: number },
): Promise<void> {
  const answer = await buyer.order(lines, key)
  if (answer?.status !== status) throw new Error(`expected ${status}, got ${answer?.status} ${problem.safeParse(answer?.body).data?.type}`)
}
