import { randomUUID } from 'node:crypto'
import { connectMongo, type MongoDatabase } from '@polystore/db-core/mongo'
import { createMongoDatabase, type TestDatabase } from '@polystore/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { collections } from '../src/collections.ts'
import { createDependencies, type Dependencies } from '../src/dependencies.ts'
import { commitHold } from '../src/holds/commit-hold.ts'
import { releaseHold } from '../src/holds/release-hold.ts'
import { reserveStock } from '../src/holds/reserve-stock.ts'
import { importProducts } from '../src/products/import-products.ts'
import { newSku, orders, staff } from './harness.ts'
import { startService, type RunningService } from './run-service.ts'

let test: TestDatabase
let database: MongoDatabase
let dependencies: Dependencies
let service: RunningService | undefined
let lifetimeSeconds = 60

/** How long the server keeps a transaction whose process has died; answers what it was before. */
async function setTransactionLifetime(seconds: number): Promise<number> {
  const admin = database.driver.admin()
  const before = await admin.command({ getParameter: 1, transactionLifetimeLimitSeconds: 1 })
  await admin.command({ setParameter: 1, transactionLifetimeLimitSeconds: seconds })
  return Number(before['transactionLifetimeLimitSeconds'])
}

beforeAll(async () => {
  test = await createMongoDatabase()
  database = connectMongo(test.url)
  await database.prepare(collections)
  lifetimeSeconds = await setTransactionLifetime(10)
  dependencies = createDependencies(database, { poolSize: 10 })
})

afterEach(async () => service?.stop())

afterAll(async () => {
  await setTransactionLifetime(lifetimeSeconds)
  await database.close()
  await test.drop()
})

async function stocked(): Promise<string> {
  const sku = newSku()
  const variants = [{ sku, priceCents: 100, currency: 'GBP', initialStock: 5 }]
  await importProducts(dependencies, { items: [{ name: sku, status: 'active', variants }], actor: 'test' })
  return sku
}

/** Sends one request to a service that dies at the point; the client gets no answer. */
async function crashAt(point: string, method: string, path: string, call: Parameters<RunningService['fetch']>[2]): Promise<void> {
  service = await startService({ MONGO_URL: test.url, CRASH_POINT: point })
  await expect(service.fetch(method, path, call)).rejects.toThrow('fetch failed')
  expect(await service.ended).toBe('SIGKILL')
}

async function stockOf(sku: string): Promise<object> {
  const { available, reserved, sold } = await dependencies.stock.get(sku)
  return { available, reserved, sold }
}

describe('a service killed', () => {
  it('before the commit of a reserve leaves nothing; a retry is unavailable until the server has ended its transaction', async () => {
    const [sku, orderId] = [await stocked(), randomUUID()]
    const lines = [{ sku, quantity: 2 }]
    await crashAt('before-reserve-commit', 'PUT', `/holds/${orderId}`, { as: orders, body: { lines } })
    expect(await stockOf(sku)).toEqual({ available: 5, reserved: 0, sold: 0 })
    await expect(reserveStock(dependencies, { orderId, lines })).rejects.toMatchObject({ code: 'unavailable' })
    const hold = await vi.waitFor(() => reserveStock(dependencies, { orderId, lines }), { timeout: 25_000 })
    expect(hold.state).toBe('HELD')
    expect(await stockOf(sku)).toEqual({ available: 3, reserved: 2, sold: 0 })
  }, 40_000)

  it('after the commit of a reserve has held once, and the retry gets the stored result', async () => {
    const [sku, orderId] = [await stocked(), randomUUID()]
    const lines = [{ sku, quantity: 2 }]
    await crashAt('after-reserve-commit', 'PUT', `/holds/${orderId}`, { as: orders, body: { lines } })
    expect((await reserveStock(dependencies, { orderId, lines })).state).toBe('HELD')
    expect(await stockOf(sku)).toEqual({ available: 3, reserved: 2, sold: 0 })
  })

  it('after a hold was committed has sold once', async () => {
    const [sku, orderId] = [await stocked(), randomUUID()]
    await reserveStock(dependencies, { orderId, lines: [{ sku, quantity: 2 }] })
    await crashAt('after-commit-hold', 'POST', `/holds/${orderId}/commit`, { as: orders })
    expect((await commitHold(dependencies, { orderId })).state).toBe('COMMITTED')
    expect(await stockOf(sku)).toEqual({ available: 3, reserved: 0, sold: 2 })
  })

  it('after a hold was released has given back once', async () => {
    const [sku, orderId] = [await stocked(), randomUUID()]
    await reserveStock(dependencies, { orderId, lines: [{ sku, quantity: 2 }] })
    await crashAt('after-release-hold', 'POST', `/holds/${orderId}/release`, { as: orders })
    expect((await releaseHold(dependencies, { orderId })).state).toBe('RELEASED')
    expect(await stockOf(sku)).toEqual({ available: 5, reserved: 0, sold: 0 })
  })

  it('after an adjustment has adjusted once', async () => {
    const sku = await stocked()
    await crashAt('after-adjust-commit', 'POST', `/stock/${sku}/adjustments`, { as: staff, body: { quantity: 4, reason: 'delivery' } })
    expect(await stockOf(sku)).toEqual({ available: 9, reserved: 0, sold: 0 })
  })
})
