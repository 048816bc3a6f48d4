import { startMongo } from '@polystore/dev-stack'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { CommitUnknownError, RepositoryError, UnavailableError } from '../src/errors/repository-error.ts'
import { connectMongo, defineCollection, MongoRepository, stringKey, type MongoDatabase } from '../src/mongo/index.ts'
import { freezeProcess } from './support/freeze-process.ts'
import { failureOf, settledIn } from './support/mongo.ts'

const entries = defineCollection({ name: 'entries', schema: z.object({ ...stringKey(), value: z.int() }) })

const limits = { poolSize: 3, statementTimeoutMs: 1000, connectTimeoutMs: 1500, waitQueueTimeoutSeconds: 1 }
/** Waiting for a connection, for the statement, and the margin of the wire. */
const longestCallMs = 3000 + 500

describe('a MongoDB that fails', () => {
  let dataDir: string
  let server: Awaited<ReturnType<typeof startMongo>>
  let database: MongoDatabase
  const repository = () => new MongoRepository(database, entries)

  beforeAll(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'polystore-faults-'))
    server = await startMongo({ dataDir })
    const url = new URL(server.url)
    url.pathname = '/faults'
    database = connectMongo(url.href, limits)
    await database.prepare([entries])
  }, 90_000)
  afterAll(async () => {
    await database.close()
    await server.stop()
    await rm(dataDir, { recursive: true, force: true })
  })
  beforeEach(async () => {
    await database.driver.collection('entries').deleteMany({})
  })

  const restart = async () => {
    server = await startMongo({ dataDir, port: server.port })
  }
  const freeze = () => freezeProcess(server.pid)
  const thaw = () => process.kill(server.pid, 'SIGCONT')
  const expectHealthy = async () => {
    await database.waitUntilReady({ timeoutMs: 20_000 })
    const inUse = async () => {
      const health = await database.health()
      return health.ok ? { waiting: health.pool.waiting, busy: health.pool.open - health.pool.idle } : health
    }
    await expect.poll(inUse, { timeout: 5000 }).toEqual({ waiting: 0, busy: 0 })
    await Promise.all(Array.from({ length: 12 }, (_, index) => repository().upsert({ id: `h${index}`, value: index }, ['id'])))
  }

  it('is Unavailable while it is down, keeps what was acknowledged, and serves again after its restart', async () => {
    const acknowledged: string[] = []
    const failures: unknown[] = []
    let down = false
    const writer = async (name: string) => {
      for (let index = 0; !down; index += 1) {
        const id = `${name}-${index}`
        try {
          await repository().create({ id, value: index })
          acknowledged.push(id)
        } catch (error) {
          failures.push(error)
        }
      }
    }
    const writers = ['a', 'b', 'c', 'd'].map(writer)
    while (acknowledged.length < 50) await repository().count()
    await server.kill('SIGKILL')
    down = true
    expect(await settledIn(Promise.all(writers))).toBeLessThan(longestCallMs + 1000)
    const read = repository().list()
    expect(await settledIn(read)).toBeLessThan(longestCallMs)
    expect(await failureOf(read)).toBeInstanceOf(UnavailableError)
    expect(await database.health()).toMatchObject({ ok: false })
    expect(failures.every((error) => error instanceof UnavailableError)).toBe(true)
    await restart()
    await expectHealthy()
    expect(await repository().getMany(acknowledged)).toHaveLength(acknowledged.length)
  }, 60_000)

  it('stays within its limits while the primary steps down and another election is held', async () => {
    const acknowledged: string[] = []
    const failures: unknown[] = []
    let over = false
    const writer = async (name: string) => {
      for (let index = 0; !over; index += 1) {
        const id = `${name}-${index}`
        const write = repository().create({ id, value: index })
        const ms = await settledIn(write)
        await write.then(
          () => acknowledged.push(id),
          (error: unknown) => failures.push(error),
        )
        expect(ms).toBeLessThan(longestCallMs + 1000)
      }
    }
    const writers = Promise.all(['a', 'b', 'c', 'd'].map(writer))
    const more = (count: number) => expect.poll(() => acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(count)
    try {
      await more(50)
      await database.driver.admin().command({ replSetStepDown: 1, force: true })
      // Before the next election is won, nothing can be acknowledged.
      await more(acknowledged.length + 50)
    } finally {
      over = true
      await writers
    }
    for (const error of failures) expect(error).toBeInstanceOf(UnavailableError)
    await expectHealthy()
    expect(await repository().getMany(acknowledged)).toHaveLength(acknowledged.length)
  }, 60_000)

  it('tries a transaction again when it was killed and came back in its midst', async () => {
    let attempts = 0
    const back = Promise.withResolvers<void>()
    const run = database.transaction(
      async (tx) => {
        attempts += 1
        await repository().create({ id: 'x', value: attempts }, { tx })
        if (attempts > 1) return
        await server.kill('SIGKILL')
        void restart().then(back.resolve, back.reject)
        await repository().create({ id: 'y', value: attempts }, { tx })
      },
      { timeoutMs: 20_000, retries: 20 },
    )
    const outcome = await run.then(() => 'committed', String)
    await back.promise
    expect(outcome).toBe('committed')
    expect(attempts).toBeGreaterThan(1)
    expect(await repository().list()).toEqual([{ id: 'x', value: attempts }])
    await expectHealthy()
  }, 60_000)

  it('holds nobody for longer than the limits when it stops answering, and serves again when it goes on', async () => {
    await repository().create({ id: 'x', value: 1 })
    freeze()
    try {
      const calls = [
        () => repository().find('x'),
        () => repository().create({ id: 'y', value: 1 }),
        () => repository().update('x', { value: 2 }),
        () => repository().createMany([{ id: 'z', value: 1 }]),
        () => database.ping(),
        () => database.transaction((tx) => repository().increment('x', { value: 1 }, { tx }), { timeoutMs: 1000 }),
      ]
      const results = await Promise.all(
        calls.map(async (call) => {
          const startedAt = performance.now()
          const error = await failureOf(call())
          return { error, ms: performance.now() - startedAt }
        }),
      )
      for (const { error, ms } of results) {
        expect(error).toBeInstanceOf(RepositoryError)
        expect(error).toMatchObject({ code: expect.stringMatching(/^(unavailable|statement-timeout)$/) })
        expect(ms).toBeLessThan(6000)
      }
      expect(await settledIn(database.health())).toBeLessThan(2500)
    } finally {
      thaw()
    }
    await expectHealthy()
    expect(await repository().exists({ id: { eq: 'x' } })).toBe(true)
  }, 60_000)

  it('leaves a commit without an answer unknown, and says so in bounded time', async () => {
    const told: string[] = []
    const commit = database.transaction(
      async (tx) => {
        await repository().create({ id: 'unknown', value: 1 }, { tx })
        tx.afterCommit(() => void told.push('committed'))
        tx.afterCommit(() => void told.push('perhaps'), { evenIfUnknown: true })
        freeze()
      },
      { timeoutMs: 1500 },
    )
    try {
      expect(await settledIn(commit)).toBeLessThan(5000)
      expect(await failureOf(commit)).toBeInstanceOf(CommitUnknownError)
    } finally {
      thaw()
    }
    await expectHealthy()
    expect(told).toEqual(['perhaps'])
    // Whichever way it went, the key tells.
    expect(await repository().getMany(['unknown'])).toHaveLength(await repository().count({ id: { eq: 'unknown' } }))
  }, 60_000)

  it('brings a transaction to its end when its commit was cut off', async () => {
    let attempts = 0
    const back = Promise.withResolvers<void>()
    const run = database.transaction(
      async (tx) => {
        attempts += 1
        await repository().create({ id: 'cut', value: attempts }, { tx })
        if (attempts > 1) return
        await server.kill('SIGKILL')
        void restart().then(back.resolve, back.reject)
      },
      { timeoutMs: 20_000, retries: 20 },
    )
    const outcome = await run.then(() => 'committed', String)
    await back.promise
    expect(outcome).toBe('committed')
    expect(await repository().list()).toEqual([{ id: 'cut', value: attempts }])
    await expectHealthy()
  }, 60_000)
})
