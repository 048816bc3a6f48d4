import { connectMongo, type MongoDatabase } from '@polystore/db-core/mongo'
import { ConfigError, readConfig } from '@polystore/service-kit'
import { createMongoDatabase, type TestDatabase } from '@polystore/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { collections } from '../src/collections.ts'
import { productsConfig } from '../src/config.ts'
import { productCollection } from '../src/products/product-collection.ts'
import { stockCollection } from '../src/stock/stock-collection.ts'
import { anonymous } from './harness.ts'
import { runFile, startService } from './run-service.ts'

let test: TestDatabase
let database: MongoDatabase

beforeAll(async () => {
  test = await createMongoDatabase()
  database = connectMongo(test.url)
})

afterAll(async () => {
  await database.close()
  await test.drop()
})

describe('migrate.ts, seed.ts and server.ts', () => {
  it('migrate up makes every collection with its validator and indexes, also the second time', async () => {
    for (let run = 0; run < 2; run++) {
      const { code, output } = await runFile('migrate.ts', ['up'], { MONGO_URL: test.url })
      expect(code, output).toBe(0)
    }
    const made = await database.driver.listCollections().toArray()
    for (const { name } of collections) {
      expect(made.find((collection) => collection.name === name)).toHaveProperty('options.validator.$jsonSchema')
    }
    const indexes = await database.collection(productCollection).indexes()
    expect(indexes.some(({ key, unique }) => 'variants.sku' in key && unique === true)).toBe(true)
  })

  it('seed makes a catalogue with stock, and the second run changes no stock', async () => {
    const first = await runFile('seed.ts', [], { MONGO_URL: test.url, LOG_LEVEL: 'silent' })
    expect(first).toMatchObject({ code: 0, output: '12 products created, 0 were there\n' })
    const stock = await database.collection(stockCollection).find().toArray()
    const second = await runFile('seed.ts', [], { MONGO_URL: test.url, LOG_LEVEL: 'silent' })
    expect(second).toMatchObject({ code: 0, output: '0 products created, 12 were there\n' })
    expect(await database.collection(stockCollection).find().toArray()).toEqual(stock)
  })

  it('the server is ready, serves the seeded catalogue and its API document, and stops on SIGTERM', async () => {
    const service = await startService({ MONGO_URL: test.url })
    expect((await service.fetch('GET', '/readyz', { as: anonymous })).status).toBe(200)
    expect(await (await service.fetch('GET', '/products?limit=100', { as: anonymous })).json()).toHaveProperty('items.length', 12)
    expect(await (await service.fetch('GET', '/openapi.json', { as: anonymous })).json()).toHaveProperty(['paths', '/holds/reserve'])
    await service.stop()
    expect(service.child.exitCode).toBe(0)
  })
})

describe('server.ts and the indexes of its database', () => {
  it('is not ready, by name, while one is missing, and makes it at the next start', async () => {
    const service = await startService({ MONGO_URL: test.url })
    const ask = (path: string) => service.fetch('GET', path, { as: anonymous })
    const [index] = productCollection.indexes
    await database.collection(productCollection).dropIndex(index?.name ?? '')
    const unready = await ask('/readyz')
    const detail = `The database lacks what this release needs: the index ${index?.name} of products is missing. Run the migrations.`
    expect([unready.status, await unready.json()]).toMatchObject([503, { type: '/problems/not-ready', detail }])
    const refused = await ask('/products?limit=1')
    expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toMatchObject([
      503,
      '5',
      { type: '/problems/not-ready' },
    ])
    await service.stop()
    const next = await startService({ MONGO_URL: test.url })
    expect((await next.fetch('GET', '/products?limit=1', { as: anonymous })).status).toBe(200)
    await next.stop()
  })
})

describe('the configuration', () => {
  const valid = {
    MONGO_URL: 'mongodb://127.0.0.1:27020/polystore_products',
    ORDERS_URL: 'http://127.0.0.1:4003',
    INTERNAL_SECRET: 'x'.repeat(32),
  }

  it('has the port 4002 and no crash point', () => {
    const config = readConfig(productsConfig, valid)
    expect(config.PORT).toBe(4002)
    expect(config.CRASH_FILE).toBeUndefined()
  })

  it('refuses a crash point in production', () => {
    const faulty = { ...valid, NODE_ENV: 'production', CRASH_FILE: '/nowhere' }
    expect(() => readConfig(productsConfig, faulty)).toThrow(ConfigError)
    expect(() => readConfig(productsConfig, faulty)).toThrow('CRASH_FILE')
  })

  it('names every fault at once', () => {
    expect(() => readConfig(productsConfig, { PORT: 'x' })).toThrow(/PORT[^]*MONGO_URL|MONGO_URL[^]*PORT/u)
  })
})
