import { randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectMongo, type MongoDatabase } from '@polystore/db-core/mongo'
import type { EventCrashPoint } from '@polystore/events'
import { createMongoDatabase, type TestDatabase } from '@polystore/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { collections } from '../src/collections.ts'
import type { CrashPoint } from '../src/crash-point.ts'
import { createDependencies, type Dependencies } from '../src/dependencies.ts'
import { importProducts } from '../src/products/import-products.ts'
import { command, confirmed, eventHeaders, newSku, orders, sellHolds, staff, stateOf } from './harness.ts'
import { startService, type RunningService } from './run-service.ts'

const folder = mkdtempSync(join(tmpdir(), 'products-crash-'))
const crashFile = join(folder, 'armed')
let test: TestDatabase
let database: MongoDatabase
let dependencies: Dependencies
let service: RunningService | undefined

beforeAll(async () => {
  test = await createMongoDatabase()
  database = connectMongo(test.url)
  await database.prepare(collections)
  dependencies = createDependencies(database)
})

afterEach(async () => {
  rmSync(crashFile, { force: true })
  service?.child.kill('SIGCONT')
  await service?.stop()
  service = undefined
})

afterAll(async () => {
  await database.close()
  await test.drop()
  rmSync(folder, { recursive: true })
})

async function stocked(): Promise<string> {
  const sku = newSku()
  const variants = [{ sku, priceCents: 100, currency: 'GBP', initialStock: 5 }]
  await importProducts(dependencies, { items: [{ name: sku, status: 'active', variants }], actor: 'test' })
  return sku
}

async function startArmed(point: CrashPoint | EventCrashPoint, signal: string): Promise<RunningService> {
  service = await startService({ MONGO_URL: test.url, CRASH_FILE: crashFile })
  writeFileSync(crashFile, `${point} ${signal}`)
  return service
}

type Request = readonly [path: string, call: Parameters<RunningService['fetch']>[2]]

/** Sends one request to a service that dies at the point; the client gets no answer. */
async function crashAt(point: CrashPoint | EventCrashPoint, [path, call]: Request): Promise<void> {
  const running = await startArmed(point, 'SIGKILL')
  await expect(running.fetch('POST', path, call)).rejects.toThrow('fetch failed')
  expect(await running.ended).toBe('SIGKILL')
}

function reserving(...orderIds: string[]): (sku: string) => Request {
  return (sku) => {
    const lines = [{ sku, quantity: 2 }]
    return ['/holds/reserve', { as: orders, body: { orders: orderIds.map((orderId) => ({ orderId, lines })) } }]
  }
}

function releasing(orderId: string): Request {
  return ['/holds/release', { as: orders, body: { orderIds: [orderId] } }]
}

function confirming(orderId: string): Request {
  return ['/internal/events', { as: orders, body: [confirmed(orderId)], headers: eventHeaders }]
}

async function reserve(sku: string, orderId: string): Promise<string> {
  return stateOf(await command(dependencies, { kind: 'reserve', orderId, lines: [{ sku, quantity: 2 }] }))
}

async function stockOf(sku: string): Promise<object> {
  const { available, reserved, sold } = await dependencies.stock.get(sku)
  return { available, reserved, sold }
}

describe('a service killed', () => {
  it('before the commit of a batch leaves nothing, and its SKUs are free again within seconds', async () => {
    const [sku, orderIds] = [await stocked(), [randomUUID(), randomUUID()]]
    await crashAt('before-reserve-commit', reserving(...orderIds)(sku))
    expect(await stockOf(sku)).toEqual({ available: 5, reserved: 0, sold: 0 })
    const states = await vi.waitFor(
      async () => {
        const all = await Promise.all(orderIds.map((orderId) => reserve(sku, orderId)))
        expect(all).not.toContain('unavailable')
        return all
      },
      { timeout: 10_000 },
    )
    expect(states).toEqual(['HELD', 'HELD'])
    expect(await stockOf(sku)).toEqual({ available: 1, reserved: 4, sold: 0 })
  })

  it('before the commit of a batch stands in the way of no order of other SKUs', async () => {
    const [locked, free, orderId] = [await stocked(), await stocked(), randomUUID()]
    await crashAt('before-reserve-commit', reserving(randomUUID())(locked))
    const [, state] = await Promise.all([reserve(locked, randomUUID()), reserve(free, orderId)])
    expect(state).toBe('HELD')
  })

  it('after the commit of a batch has held once, and the retry gets the stored results', async () => {
    const [sku, orderIds] = [await stocked(), [randomUUID(), randomUUID(), randomUUID()]]
    await crashAt('after-reserve-commit', reserving(...orderIds)(sku))
    const states = await Promise.all(orderIds.map((orderId) => reserve(sku, orderId)))
    expect(states).toEqual(['HELD', 'HELD', 'REJECTED'])
    expect(await stockOf(sku)).toEqual({ available: 1, reserved: 4, sold: 0 })
  })

  it.each([
    ['before-release-hold', releasing, { available: 5, reserved: 0, sold: 0 }],
    ['after-release-hold', releasing, { available: 5, reserved: 0, sold: 0 }],
    ['before-apply-commit', confirming, { available: 3, reserved: 0, sold: 2 }],
    ['after-apply-commit', confirming, { available: 3, reserved: 0, sold: 2 }],
  ] as const)('%s: the retry does it once', async (point, request, stock) => {
    const [sku, orderId] = [await stocked(), randomUUID()]
    await reserve(sku, orderId)
    await crashAt(point, request(orderId))
    await vi.waitFor(
      async () => {
        if (request === confirming) await sellHolds(dependencies, [orderId])
        else expect(stateOf(await command(dependencies, { kind: 'release', orderId }))).toBe('RELEASED')
      },
      { timeout: 10_000 },
    )
    expect(await stockOf(sku)).toEqual(stock)
  })

  it('after an adjustment has adjusted once', async () => {
    const sku = await stocked()
    await crashAt('after-adjust-commit', [`/stock/${sku}/adjustments`, { as: staff, body: { quantity: 4, reason: 'delivery' } }])
    expect(await stockOf(sku)).toEqual({ available: 9, reserved: 0, sold: 0 })
  })
})

describe('a service that stands still in mid-transaction', () => {
  it('loses its transaction to others, and does the command again when it wakes', async () => {
    const [sku, orderId, other] = [await stocked(), randomUUID(), randomUUID()]
    const running = await startArmed('before-reserve-commit', 'SIGSTOP')
    const [path, call] = reserving(orderId)(sku)
    const answer = running.fetch('POST', path, call)
    // The point takes the file away: its transaction holds the SKU from before then.
    await vi.waitFor(() => expect(existsSync(crashFile)).toBe(false), { timeout: 5_000 })
    await vi.waitFor(async () => expect(await reserve(sku, other)).toBe('HELD'), { timeout: 10_000 })
    running.child.kill('SIGCONT')
    expect(await (await answer).json()).toMatchObject({ outcomes: [{ hold: { orderId, state: 'HELD' } }] })
    expect(await stockOf(sku)).toEqual({ available: 1, reserved: 4, sold: 0 })
  })
})
