import { createRedisSpace, redisMissing } from '@polystore/testing'
import { createClient } from '@redis/client'
import { describe, expect, it, onTestFinished } from 'vitest'
import { cached, cachedFunction, ReadCache } from '../src/cache/index.ts'
import { connectRedisLevel, type RedisLevel, type RedisLevelOptions } from '../src/cache/redis-level.ts'
import { silentLogger, type DatabaseLogger } from '../src/connection/database-logger.ts'
import { GatedNotes, newNote, useCachedNotes } from './support/cached-notes.ts'
import { startFaultProxy } from './support/fault-proxy.ts'

const missing = redisMissing()
const open = useCachedNotes()

/** A process of its own, as far as caches go. It waits for Redis longer than a busy machine needs, so that no step goes on without. */
async function startProcess(space: { url: string; prefix: string }, options: RedisLevelOptions = {}) {
  const level = connectRedisLevel(space.url, { prefix: space.prefix, waitMs: 10_000, ...options })
  const cache = new ReadCache({ secondLevel: level })
  onTestFinished(() => cache.close())
  await level.ready()
  const source = new GatedNotes(open().database)
  return { cache, source, level, notes: cached(source, { ttlMs: 60_000, cache }) }
}

/** Settles when the process hears that this tag is old, or without one that everything is; its cache has heard it then. */
function heard({ level }: { level: RedisLevel }, tag?: string): Promise<void> {
  return new Promise((resolve) =>
    level.listen((tags) => {
      if (tag === undefined ? tags === undefined : tags?.includes(tag)) resolve()
    }),
  )
}

const tagOf = (id: string): string => `notes row ${id}`

describe.skipIf(missing !== undefined)(`Redis as second level${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
  it('gives one process what another has read, dates and all', async () => {
    const space = createRedisSpace()
    const [one, two] = [await startProcess(space), await startProcess(space)]
    const row = await one.notes.create(newNote({ at: new Date(5) }))
    expect(await one.notes.get(row.id)).toEqual(row)
    expect(await one.notes.list()).toEqual([row])
    expect(await one.notes.getMany([row.id])).toEqual([row])
    open().statements()
    expect(await two.notes.get(row.id)).toEqual(row)
    expect(await two.notes.list()).toEqual([row])
    expect(open().statements()).toBe(0)
    expect(two.cache.metrics).toMatchObject({ secondLevelHits: 2, misses: 0 })
  })

  it('reads the rows that nobody knows in one statement', async () => {
    const space = createRedisSpace()
    const [one, two] = [await startProcess(space), await startProcess(space)]
    const rows = await one.notes.createMany([newNote(), newNote(), newNote()])
    const ids = rows.map(({ id }) => id)
    await one.notes.get(ids[1] ?? '')
    open().statements()
    expect(await two.notes.getMany(ids)).toEqual(rows)
    expect(open().statements()).toBe(1)
    expect(two.cache.metrics).toMatchObject({ secondLevelHits: 1, misses: 2 })
  })

  it('lets a write of one process be seen by the others', async () => {
    const space = createRedisSpace()
    const [one, two] = [await startProcess(space), await startProcess(space)]
    const { id } = await one.notes.create(newNote())
    const view = async () => [(await two.notes.get(id)).stars, (await two.notes.list())[0]?.stars]
    expect(await view()).toEqual([0, 0])
    const updated = heard(two, tagOf(id))
    await one.notes.update(id, { stars: 1 })
    await updated
    expect(await view()).toEqual([1, 1])
    const committed = heard(two, tagOf(id))
    await open().database.transaction((tx) => one.notes.increment(id, { stars: 1 }, { tx }))
    await committed
    expect(await view()).toEqual([2, 2])
    await one.source.update(id, { stars: 3 })
    const cleared = heard(two)
    await one.cache.clear()
    await cleared
    expect(await view()).toEqual([3, 3])
  })

  it('never keeps what was read before the write of another process and arrived after it', async () => {
    const space = createRedisSpace()
    const [reader, writer, third] = [await startProcess(space), await startProcess(space), await startProcess(space)]
    const { id } = await writer.notes.create(newNote())
    const gate = reader.source.holdNext()
    const old = reader.notes.get(id)
    await gate.reached
    const changed = heard(reader, tagOf(id))
    await writer.notes.update(id, { stars: 1 })
    gate.open()
    expect((await old).stars).toBe(0)
    // What the reader has stored is not found by others, and what it remembers is forgotten with the news.
    expect((await third.notes.get(id)).stars).toBe(1)
    await changed
    expect((await reader.notes.get(id)).stars).toBe(1)
  })

  it('keeps errors, and what only one process understands, to themselves', async () => {
    class Money {
      readonly cents = 5
    }
    const space = createRedisSpace()
    const [one, two] = [await startProcess(space), await startProcess(space)]
    let calls = 0
    const price = (cache: ReadCache) =>
      cachedFunction(
        async () => {
          calls += 1
          return { money: new Money() }
        },
        { key: () => '', ttlMs: 60_000, cache, name: 'price' },
      )
    for (const { cache } of [one, one, two]) expect((await price(cache)()).money).toBeInstanceOf(Money)
    expect(calls).toBe(2)
  })

  it('knows a value for its own time, however late another process takes it', async () => {
    const space = createRedisSpace()
    let now = 1_000
    const one = await startProcess(space, { now: () => now })
    const two = await startProcess(space, { now: () => now })
    const wanted = { key: 'k', tags: ['t'], ttlMs: 60_000 }
    await one.cache.load(wanted, async () => 1)
    now = 41_000
    expect(await two.level.read([wanted])).toEqual([{ value: 1, ttlMs: 20_000 }])
    now = 61_000
    expect((await two.level.read([wanted]))[0]?.value).toBeUndefined()
  })

  it('is left alone when it is away: reads and writes go on, the outage and its end are logged once', async () => {
    const { url, prefix } = createRedisSpace()
    const proxy = await startFaultProxy(url)
    onTestFinished(() => proxy.close())
    const logged: string[] = []
    const over = Promise.withResolvers<void>()
    const logger: DatabaseLogger = {
      ...silentLogger,
      warn: (_fields, message) => void logged.push(message),
      info: () => over.resolve(),
    }
    const here = await startProcess({ url: proxy.url, prefix }, { logger, waitMs: 1_000 })
    const there = await startProcess({ url, prefix })
    const { id } = await here.notes.create(newNote())
    expect((await there.notes.get(id)).stars).toBe(0)
    proxy.silence()
    for (let stars = 1; stars <= 20; stars++) {
      await here.notes.update(id, { stars })
      expect((await here.notes.get(id)).stars).toBe(stars)
      expect((await here.notes.list())[0]?.stars).toBe(stars)
    }
    expect(logged).toEqual(['the second level of the cache does not answer; going on without it'])
    const told = heard(there, tagOf(id))
    proxy.heal()
    proxy.cut()
    await over.promise
    // What could not be said during the outage is said after it.
    await told
    expect((await there.notes.get(id)).stars).toBe(20)
    expect(logged).toHaveLength(1)
  })

  it('that was never there stops nothing', async () => {
    const cache = new ReadCache({ secondLevel: connectRedisLevel('redis://127.0.0.1:1') })
    onTestFinished(() => cache.close())
    const notes = cached(open().source, { ttlMs: 60_000, cache })
    const { id } = await notes.create(newNote())
    await notes.update(id, { stars: 1 })
    expect((await notes.get(id)).stars).toBe(1)
    open().statements()
    expect((await notes.get(id)).stars).toBe(1)
    expect(open().statements()).toBe(0)
  })

  it('forgets what it must when a process was deaf to invalidations', async () => {
    const { url, prefix } = createRedisSpace()
    const proxy = await startFaultProxy(url)
    onTestFinished(() => proxy.close())
    const deaf = await startProcess({ url: proxy.url, prefix })
    const writer = await startProcess({ url, prefix })
    const { id } = await writer.notes.create(newNote())
    expect((await deaf.notes.get(id)).stars).toBe(0)
    proxy.silence()
    await writer.notes.update(id, { stars: 1 })
    const hears = heard(deaf)
    proxy.heal()
    proxy.cut()
    await hears
    expect((await deaf.notes.get(id)).stars).toBe(1)
  })

  it('takes bytes that are no value for nothing', async () => {
    const space = createRedisSpace()
    const client = createClient({ url: space.url })
    await client.connect()
    onTestFinished(() => client.destroy())
    const one = await startProcess(space)
    const wanted = { key: 'k', tags: ['t'], ttlMs: 60_000 }
    await one.cache.load(wanted, async () => 1)
    await client.set(`${space.prefix}value:k`, 'garbage')
    const two = await startProcess(space)
    expect(await two.cache.load(wanted, async () => 2)).toBe(2)
    const news = heard(two, 't')
    await client.publish(`${space.prefix}invalidated`, 'garbage')
    await client.publish(`${space.prefix}invalidated`, '{"from":"another","tags":["t"]}')
    await news
    expect(await two.cache.load(wanted, async () => 3)).toBe(2)
    expect(two.cache.metrics).toMatchObject({ misses: 1, secondLevelHits: 1 })
  })
})
