import { randomUUID } from 'node:crypto'
import type { StockAudit } from '@polystore/contracts'
import { SerializationError } from '@polystore/db-core'
import { connectMongo, type MongoDatabase } from '@polystore/db-core/mongo'
import { createMongoDatabase, type TestDatabase } from '@polystore/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { collections } from '../src/collections.ts'
import { createDependencies, type Dependencies } from '../src/dependencies.ts'
import { importProducts } from '../src/products/import-products.ts'
import { adjustStock } from '../src/stock/adjust-stock.ts'
import { auditStock } from '../src/stock/audit-stock.ts'
import { command, newSku, sellHolds, stateOf } from './harness.ts'

let test: TestDatabase
let databases: MongoDatabase[]
/** Two replicas of the service: neither sees the queue of the other. */
let replicas: [Dependencies, Dependencies]

beforeAll(async () => {
  test = await createMongoDatabase()
  databases = [0, 1].map(() => connectMongo(test.url, { poolSize: 20 }))
  await databases[0]?.prepare(collections)
  const [one, two] = databases.map((database) => createDependencies(database))
  if (one === undefined || two === undefined) throw new Error('no replicas')
  replicas = [one, two]
})

afterAll(async () => {
  await Promise.all(databases.map((database) => database.close()))
  await test.drop()
})

async function stocked(initialStock: number): Promise<string> {
  const sku = newSku()
  const variants = [{ sku, priceCents: 100, currency: 'GBP', initialStock }]
  await importProducts(replicas[0], { items: [{ name: sku, status: 'active', variants }], actor: 'test' })
  return sku
}

/** Mulberry32: the same storm for the same seed. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

function pick<Item>(random: () => number, items: readonly Item[]): Item {
  const item = items[Math.floor(random() * items.length)]
  if (item === undefined) throw new Error('nothing to pick from')
  return item
}

/** An order that holds nothing, or for which the other replica was always in the way: its event would come again. */
function unlessNotNow(error: unknown): void {
  const isUnheld = error instanceof Error && error.message === 'A confirmed order has no hold'
  if (!isUnheld && !(error instanceof SerializationError)) throw error
}

function expectBalanced({ available, reserved, sold, adjusted, held, committed }: StockAudit): void {
  expect(Math.min(available, reserved, sold)).toBeGreaterThanOrEqual(0)
  expect({ reserved, sold, total: available + reserved + sold }).toEqual({ reserved: held, sold: committed, total: adjusted })
}

describe('two replicas', () => {
  it('sell the last piece once to 200 buyers', async () => {
    const sku = await stocked(1)
    const buyers = Array.from({ length: 200 }, (_, buyer) =>
      command(replicas[buyer % 2 ? 1 : 0], { kind: 'reserve', orderId: randomUUID(), lines: [{ sku, quantity: 1 }] }),
    )
    const states = (await Promise.all(buyers)).map(stateOf)
    expect(states.filter((state) => state === 'HELD')).toHaveLength(1)
    expect(states.filter((state) => state === 'REJECTED')).toHaveLength(199)
  })

  it('sell 60 pieces to 60 of 100 buyers of A,B and B,A', async () => {
    const [a, b] = [await stocked(60), await stocked(60)]
    const lines = [a, b].map((sku) => ({ sku, quantity: 1 }))
    const buyers = Array.from({ length: 100 }, (_, buyer) =>
      command(replicas[buyer % 2 ? 1 : 0], { kind: 'reserve', orderId: randomUUID(), lines: buyer % 2 ? lines : lines.toReversed() }),
    )
    const states = (await Promise.all(buyers)).map(stateOf)
    expect(states.filter((state) => state === 'HELD')).toHaveLength(60)
  })

  it.each([1, 2, 3])('keep the stock equation in a storm of commands, twice and reordered (seed %i)', async (seed) => {
    const random = seeded(seed)
    const skus = await Promise.all([8, 40, 100].map(stocked))
    const orderIds = Array.from({ length: 40 }, () => randomUUID())
    const commands = Array.from({ length: 300 }, () => {
      const dependencies = pick(random, replicas)
      const orderId = pick(random, orderIds)
      const lines = [1, 2].map(() => ({ sku: pick(random, skus), quantity: 1 + Math.floor(random() * 3) }))
      const delta = { sku: pick(random, skus), quantity: random() < 0.5 ? 3 : -2, reason: 'storm', actor: 'test' }
      return pick<() => Promise<unknown>>(random, [
        () => command(dependencies, { kind: 'reserve', orderId, lines }),
        () => command(dependencies, { kind: 'reserve', orderId, lines }),
        () => sellHolds(dependencies, [orderId]).catch(unlessNotNow),
        () => command(dependencies, { kind: 'release', orderId }),
        () => adjustStock(dependencies, delta),
      ])
    })
    const results = await Promise.allSettled(commands.map((command) => command()))
    const refusals = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.slug] : []))
    expect(['insufficient-stock']).toEqual(expect.arrayContaining([...new Set(refusals)]))

    const audits = await auditStock(replicas[0], { limit: 1_000 })
    expect(audits.map(({ sku }) => sku)).toEqual(expect.arrayContaining(skus))
    for (const audit of audits) expectBalanced(audit)
  })
})
