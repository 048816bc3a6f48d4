import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cachedFunction, ReadCache } from '../src/cache/index.ts'
import { Invalidations } from '../src/cache/invalidations.ts'
import { MemoryDatabase } from '../src/memory/index.ts'
import { signal } from './support/postgres.ts'

const wanted = (key: string, ttlMs = 1_000) => ({ key, tags: [key], ttlMs })

describe('the cache of a process', () => {
  it('keeps a value for its time', async () => {
    let now = 1
    let asked = 0
    const cache = new ReadCache({ now: () => now })
    const read = () => cache.load(wanted('a', 1_000), async () => (asked += 1))
    expect(await read()).toBe(1)
    now = 1_000
    expect(await read()).toBe(1)
    now = 1_002
    expect(await read()).toBe(2)
    expect(cache.metrics).toMatchObject({ hits: 1, misses: 2, entries: 1 })
  })

  it('holds as many values as it may, the most recently used ones', async () => {
    const cache = new ReadCache({ maxEntries: 2 })
    const read = (key: string) => cache.load(wanted(key), async () => key)
    for (const key of ['a', 'b', 'a', 'c']) await read(key)
    expect(cache.metrics).toMatchObject({ entries: 2, misses: 3 })
    await read('a')
    expect(cache.metrics).toMatchObject({ misses: 3 })
    await read('b')
    expect(cache.metrics).toMatchObject({ entries: 2, misses: 4 })
  })

  it('holds as much as it may, and nothing that is larger', async () => {
    const cache = new ReadCache({ maxBytes: 10_000 })
    const read = (key: string, length: number) =>
      cache.load(wanted(key), async () => [{ text: 'x'.repeat(length), bytes: Buffer.alloc(10) }])
    for (let index = 0; index < 20; index++) await read(`small ${index}`, 1_000)
    expect(cache.metrics.entries).toBe(4)
    expect(cache.metrics.bytes).toBeLessThanOrEqual(10_000)
    await read('large', 6_000)
    expect(cache.metrics.entries).toBe(4)
    expect(await read('large', 3)).toMatchObject([{ text: 'xxx' }])
  })

  it('forgets everything when it is cleared or closed', async () => {
    const cache = new ReadCache()
    for (const forget of [() => cache.clear(), () => cache.close()]) {
      await cache.load(wanted('a'), async () => 1)
      await forget()
      expect(cache.metrics.entries).toBe(0)
    }
    expect(await cache.load(wanted('a'), async () => 2)).toBe(2)
  })

  it('reads many values at once, those under way by others not again', async () => {
    const cache = new ReadCache()
    const passes = signal()
    const first = cache.load(wanted('a'), () => passes.promise.then(() => 'a'))
    const asked: string[][] = []
    const many = cache.loadMany([wanted('a'), wanted('b'), wanted('c')], async (missing) => {
      asked.push(missing.map(({ key }) => key))
      return ['b', undefined]
    })
    passes.send()
    expect([await first, await many]).toEqual(['a', ['a', 'b', undefined]])
    expect(asked).toEqual([['b', 'c']])
    expect(cache.metrics.entries).toBe(2)
  })
})

describe('invalidations', () => {
  it('are never missed, however few tags are remembered', () => {
    const tag = fc.constantFrom('a', 'b', 'c', 'd')
    const step = fc.oneof(
      fc.record({ mark: fc.array(tag, { minLength: 1 }) }),
      fc.constant('read' as const),
      fc.constant('markAll' as const),
    )
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step), fc.array(tag), (limit, steps, tags) => {
        const invalidations = new Invalidations(limit)
        const all = new Invalidations()
        const reads: { kept: number; all: number; isOld: boolean }[] = []
        for (const one of steps) {
          if (one === 'read') reads.push({ kept: invalidations.now, all: all.now, isOld: false })
          else if (one === 'markAll') for (const target of [invalidations, all]) target.markAll()
          else for (const target of [invalidations, all]) target.mark(one.mark)
          for (const read of reads) read.isOld ||= one === 'markAll' || (one !== 'read' && one.mark.some((marked) => tags.includes(marked)))
        }
        for (const read of reads) {
          expect(all.isFresh(tags, read.all)).toBe(!read.isOld)
          if (read.isOld) expect(invalidations.isFresh(tags, read.kept)).toBe(false)
        }
        expect(invalidations.isFresh(tags, invalidations.now)).toBe(true)
      }),
    )
  })
})

describe('a cached function', () => {
  function counted() {
    const calls: string[] = []
    const rate = cachedFunction(
      async (from: string, to: string) => {
        calls.push(`${from}${to}`)
        return { from, to, at: new Date(7) }
      },
      { key: (from, to) => `${from}-${to}`, ttlMs: 60_000 },
    )
    return { calls, rate }
  }

  it('is called once for all who ask for the same at once, and each has a copy', async () => {
    const { calls, rate } = counted()
    const answers = await Promise.all(Array.from({ length: 200 }, () => rate('GBP', 'EUR')))
    answers[0]?.at.setTime(9)
    expect(answers[1]).toEqual({ from: 'GBP', to: 'EUR', at: new Date(7) })
    expect(await rate('GBP', 'EUR')).toEqual(answers[1])
    await rate('GBP', 'USD')
    expect(calls).toEqual(['GBPEUR', 'GBPUSD'])
  })

  it('forgets one answer or all', async () => {
    const { calls, rate } = counted()
    const both = async () => [await rate('GBP', 'EUR'), await rate('GBP', 'USD')]
    await both()
    await rate.invalidate('GBP', 'EUR')
    await both()
    expect(calls.splice(0)).toEqual(['GBPEUR', 'GBPUSD', 'GBPEUR'])
    await rate.clear()
    await both()
    expect(calls).toEqual(['GBPEUR', 'GBPUSD'])
  })

  it('fails those who wait, and is called again by the next; undefined is not kept', async () => {
    let calls = 0
    const flaky = cachedFunction(
      async () => {
        calls += 1
        if (calls === 1) throw new Error('not yet')
        return calls === 2 ? undefined : calls
      },
      { key: () => '', ttlMs: 60_000 },
    )
    expect((await Promise.allSettled([flaky(), flaky()])).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect([await flaky(), await flaky(), await flaky()]).toEqual([undefined, 3, 3])
  })

  it('shares a cache under its name', async () => {
    const cache = new ReadCache()
    const make = (name: string, value: number) => cachedFunction(async () => value, { key: () => 'same', ttlMs: 60_000, cache, name })
    expect([await make('one', 1)(), await make('two', 2)(), await make('one', 3)()]).toEqual([1, 2, 1])
  })

  it('is called itself inside a transaction', async () => {
    const { calls, rate } = counted()
    const database = new MemoryDatabase()
    await rate('GBP', 'EUR')
    await database.transaction(async () => rate('GBP', 'EUR'))
    expect(calls).toEqual(['GBPEUR', 'GBPEUR'])
  })
})
