import { ReadConcern } from 'mongodb'
import { beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { RepositoryError, SerializationError, StatementTimeoutError, UnavailableError } from '../src/errors/repository-error.ts'
import { connectMongo, defineCollection, MongoRepository, stringKey, type MongoDatabase } from '../src/mongo/index.ts'
import { outsideTransaction } from '../src/repository/unit-of-work.ts'
import { startFaultProxy } from './support/fault-proxy.ts'
import { failureOf, settledIn, useMongo } from './support/mongo.ts'

const entries = defineCollection({ name: 'entries', schema: z.object({ ...stringKey(), value: z.int() }) })

const limits = { poolSize: 3, statementTimeoutMs: 1000, connectTimeoutMs: 1500, waitQueueTimeoutSeconds: 1 }
/** Waiting for a connection, for the statement, and the margin of the wire, with some time for this process. */
const longestCallMs = 3000 + 1500

describe('a MongoDB behind a faulty network, or too slow', () => {
  const fixture = useMongo([entries])
  const repository = (database: MongoDatabase = fixture.database) => new MongoRepository(database, entries)
  beforeAll(async () => {
    await fixture.database.driver.collection('grains').insertMany(Array.from({ length: 400 }, (_, grain) => ({ grain })))
  })
  beforeEach(async () => {
    await fixture.database.driver.collection('entries').deleteMany({})
    await repository().create({ id: 'x', value: 1 })
  })

  /** A handle whose every connection passes the proxy. */
  async function proxied() {
    const url = new URL(fixture.url)
    url.searchParams.delete('replicaSet')
    url.searchParams.set('directConnection', 'true')
    const proxy = await startFaultProxy(url.href)
    const database = connectMongo(proxy.url, limits)
    onTestFinished(async () => {
      await database.close()
      await proxy.close()
    })
    return { proxy, database }
  }

  /** Far more comparisons than a second suffices for; the server looks at the clock between them. */
  const slowQuery = (database: MongoDatabase) =>
    database.run((call) => {
      const beside = {
        from: 'grains',
        as: 'beside',
        let: { below: '$grain' },
        pipeline: [{ $match: { $expr: { $lt: ['$grain', '$$below'] } } }],
      }
      const below = {
        from: 'grains',
        as: 'below',
        let: { top: '$grain' },
        pipeline: [{ $match: { $expr: { $ne: ['$grain', '$$top'] } } }, { $lookup: beside }],
      }
      const pipeline = [{ $lookup: below }, { $count: 'all' }]
      return database.driver.collection('grains').aggregate(pipeline, call).toArray()
    })

  const expectHealthy = async (database: MongoDatabase) => {
    await database.waitUntilReady({ timeoutMs: 20_000 })
    const inUse = async () => {
      const health = await database.health()
      return health.ok ? { waiting: health.pool.waiting, busy: health.pool.open - health.pool.idle } : health
    }
    await expect.poll(inUse, { timeout: 10_000 }).toEqual({ waiting: 0, busy: 0 })
    const { length } = await Promise.all(Array.from({ length: 12 }, () => repository(database).list()))
    expect(length).toBe(12)
  }

  it('frees every caller when the connections fall silent, and opens new ones', async () => {
    const { proxy, database } = await proxied()
    await Promise.all(Array.from({ length: 6 }, () => repository(database).list()))
    proxy.silence()
    const calls = [
      ...Array.from({ length: 20 }, (_, index) => () => repository(database).find(`y${index}`)),
      () => repository(database).getMany(['x', 'y']),
      () => repository(database).list(),
      () => repository(database).page(),
      () => repository(database).count(),
      () => repository(database).create({ id: 'y', value: 1 }),
      () => repository(database).update('x', { value: 2 }),
      () => repository(database).upsertMany([{ id: 'x', value: 3 }], ['id']),
      () => repository(database).createMany([{ id: 'z', value: 1 }], { atomic: false }),
    ]
    const results = await Promise.all(
      calls.map(async (call) => {
        const pending = call()
        return { ms: await settledIn(pending), error: await failureOf(pending) }
      }),
    )
    for (const { error, ms } of results) {
      expect(error).toBeInstanceOf(RepositoryError)
      expect(error).toMatchObject({ code: expect.stringMatching(/^(unavailable|statement-timeout)$/) })
      expect(ms).toBeLessThan(longestCallMs + limits.connectTimeoutMs)
    }
    proxy.heal()
    await expectHealthy(database)
  }, 60_000)

  it('frees a caller that aborts while the connections are silent', async () => {
    const { proxy, database } = await proxied()
    await repository(database).list()
    proxy.silence()
    const control = new AbortController()
    const reads = [repository(database).find('x', control), repository(database).list({}, control)]
    const reason = new Error('no longer wanted')
    control.abort(reason)
    for (const read of reads) expect(await failureOf(read)).toBe(reason)
    proxy.heal()
    await expectHealthy(database)
  }, 60_000)

  it('goes on when all connections are cut', async () => {
    const { proxy, database } = await proxied()
    await Promise.all(Array.from({ length: 6 }, () => repository(database).list()))
    const reads = Array.from({ length: 50 }, () => repository(database).find('x'))
    proxy.cut()
    for (const outcome of await Promise.allSettled(reads)) {
      if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(UnavailableError)
      else expect(outcome.value).toEqual({ id: 'x', value: 1 })
    }
    await expectHealthy(database)
    expect(await repository(database).find('x')).toEqual({ id: 'x', value: 1 })
  }, 60_000)

  it('stores a row once whose answer was lost, and says so', async () => {
    const { proxy, database } = await proxied()
    await repository(database).list()
    proxy.loseAnswerTo('lost-answer')
    expect(await repository(database).create({ id: 'lost-answer', value: 7 })).toEqual({ id: 'lost-answer', value: 7 })
    expect(await repository().get('lost-answer')).toEqual({ id: 'lost-answer', value: 7 })
    await expectHealthy(database)
  }, 60_000)

  it('keeps to its pool while 200 calls want it, refuses in time those that got no turn, and is well afterwards', async () => {
    const database = fixture.connect({ ...limits, applicationName: 'narrow' })
    await database.ping()
    // Two of the connections of a client watch the server; the others are the pool.
    const connections = async () => {
      const found = await fixture.database.driver.client
        .db('admin', { readConcern: new ReadConcern('local') })
        .aggregate([{ $currentOp: { allUsers: true, idleConnections: true } }, { $match: { appName: 'narrow' } }])
        .toArray()
      return new Set(found.map(({ connectionId }) => Number(connectionId))).size
    }
    const holding = Array.from({ length: limits.poolSize }, () => failureOf(slowQuery(database)))
    let open = true
    const watch = (async () => {
      const seen: number[] = []
      while (open) seen.push(await connections())
      return seen
    })()
    const calls = Array.from({ length: 200 }, async (_, index) => {
      const pending = index % 2 === 0 ? repository(database).list() : repository(database).create({ id: `n${index}`, value: index })
      return { ms: await settledIn(pending), outcome: await pending.catch((error: unknown) => error) }
    })
    const results = await Promise.all(calls)
    open = false
    for (const count of await watch) expect(count).toBeLessThanOrEqual(limits.poolSize + 2)
    const refused = results.filter(({ outcome }) => outcome instanceof Error)
    for (const { outcome } of refused) expect(outcome).toBeInstanceOf(UnavailableError)
    for (const { ms } of results) expect(ms).toBeLessThan(longestCallMs)
    for (const failure of holding) expect(await failure).toBeInstanceOf(StatementTimeoutError)
    const stored = results.filter(({ outcome }, index) => index % 2 === 1 && !(outcome instanceof Error))
    expect(await repository().count({ id: { startsWith: 'n' } })).toBe(stored.length)
    await expectHealthy(database)
  }, 60_000)

  it('ends a statement at its limit without losing its connection', async () => {
    const database = fixture.connect({ ...limits, poolSize: 1 })
    await database.ping()
    const closed: unknown[] = []
    database.driver.client.on('connectionClosed', (event) => closed.push(event))
    const slow = slowQuery(database)
    expect(await settledIn(slow)).toBeLessThan(longestCallMs)
    expect(await failureOf(slow)).toBeInstanceOf(StatementTimeoutError)
    expect(closed).toEqual([])
    await expectHealthy(database)
  }, 60_000)

  it('begins a transaction again that the server ended, and gives up after the tries it was allowed', async () => {
    const endBy = (retries: number, times: number) => {
      let attempts = 0
      return fixture.database.transaction(
        async (tx) => {
          attempts += 1
          await repository().update('x', { value: attempts * 10 }, { tx })
          const end = () => fixture.database.driver.admin().command({ killSessions: [tx.session.id] })
          if (attempts <= times) await outsideTransaction(end)
          await repository().increment('x', { value: 1 }, { tx })
          return attempts
        },
        { retries },
      )
    }
    expect(await failureOf(endBy(1, 2))).toBeInstanceOf(SerializationError)
    expect(await repository().get('x')).toEqual({ id: 'x', value: 1 })
    expect(await endBy(2, 1)).toBe(2)
    expect(await repository().get('x')).toEqual({ id: 'x', value: 21 })
    await expectHealthy(fixture.database)
  }, 60_000)
})
