import { describe, expect, it } from 'vitest'
import { Joiner, type JoinedCall } from '../src/batching/joiner.ts'
import { ReadJoiner } from '../src/batching/read-joiner.ts'
import { WriteJoiner } from '../src/batching/write-joiner.ts'
import { ConflictError, RepositoryError } from '../src/errors/repository-error.ts'

/** A run whose batches are seen when they leave and end when the test says so. */
function gatedRun() {
  const batches: { items: string[]; end: () => Promise<void>; fail: (error: Error) => Promise<void> }[] = []
  const run = (calls: readonly JoinedCall<string, string>[]): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const end = async () => {
      for (const call of calls) call.resolve(`${call.item}!`)
      resolve()
      await turn()
    }
    const fail = async (error: Error) => {
      reject(error)
      await turn()
    }
    batches.push({ items: calls.map(({ item }) => item), end, fail })
    return promise
  }
  return { batches, run, items: () => batches.map(({ items }) => items) }
}

/** Everything that is due now has been done afterwards. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

const limits = { maxSize: 4, smallestShare: 8, maxInFlight: 2, maxWaitMs: 60_000 }

describe('Joiner', () => {
  it('sends a lone call before the event loop turns', async () => {
    const { run, items, batches } = gatedRun()
    const answer = new Joiner<string, string>(limits).join('g', 'a', 1, run)
    await new Promise<void>((resolve) => process.nextTick(resolve))
    expect(items()).toEqual([['a']])
    await batches[0]?.end()
    expect(await answer).toBe('a!')
  })

  it('sends what comes in the same turn of the event loop together, when it is to wait for the whole of it', async () => {
    const { run, items } = gatedRun()
    const joiner = new Joiner<string, string>({ ...limits, wholeTurn: true })
    void joiner.join('g', 'a', 1, run)
    await new Promise<void>((resolve) => process.nextTick(resolve))
    void joiner.join('g', 'b', 1, run)
    expect(items()).toEqual([])
    await turn()
    expect(items()).toEqual([['a', 'b']])
  })

  it('joins the calls of one turn, in batches of bounded size, and those made while the bound of batches is under way', async () => {
    const { run, items, batches } = gatedRun()
    const joiner = new Joiner<string, string>(limits)
    const join = (item: string) => joiner.join('g', item, 1, run)
    const first = [...'abcdefghij'].map(join)
    await turn()
    expect(items()).toEqual([['a', 'b', 'c', 'd'], ['e', 'f', 'g', 'h']]) // prettier-ignore
    const late = join('k')
    await turn()
    expect(batches).toHaveLength(2)
    await batches[1]?.end()
    expect(items()[2]).toEqual(['i', 'j', 'k'])
    await batches[0]?.end()
    await batches[2]?.end()
    expect(await Promise.all([...first, late])).toEqual([...'abcdefghijk'].map((item) => `${item}!`))
  })

  it('spreads many calls over the places that are free, and gives few calls one', async () => {
    const { run, items } = gatedRun()
    const joiner = new Joiner<string, string>({ ...limits, maxSize: 100 })
    for (let index = 0; index < 30; index += 1) void joiner.join('g', `${index}`, 1, run)
    await turn()
    expect(items().map(({ length }) => length)).toEqual([15, 15])
    const few = gatedRun()
    const other = new Joiner<string, string>({ ...limits, maxSize: 100 })
    for (const item of 'abcdefg') void other.join('g', item, 1, few.run)
    await turn()
    expect(few.items()).toEqual([[...'abcdefg']])
  })

  it('lets a call that is larger than a batch go alone', async () => {
    const { run, items } = gatedRun()
    const joiner = new Joiner<string, string>(limits)
    for (const [item, size] of [['a', 1], ['big', 9], ['b', 1]] as const) void joiner.join('g', item, size, run) // prettier-ignore
    await turn()
    expect(items()).toEqual([['a'], ['big']])
  })

  it('keeps groups apart and lets them take turns', async () => {
    const { run, items, batches } = gatedRun()
    const joiner = new Joiner<string, string>({ ...limits, maxInFlight: 1 })
    for (const item of ['a1', 'a2', 'a3', 'a4', 'a5', 'b1']) void joiner.join(item.slice(0, 1), item, 1, run)
    for (let index = 0; index < 3; index += 1) {
      await turn()
      await batches[index]?.end()
    }
    expect(items()).toEqual([['a1', 'a2', 'a3', 'a4'], ['b1'], ['a5']])
  })

  it('gives the failure of a batch to its calls, and to no other', async () => {
    const { run, batches } = gatedRun()
    const joiner = new Joiner<string, string>({ ...limits, maxSize: 2 })
    const answers = Promise.allSettled(['a', 'b', 'c'].map((item) => joiner.join('g', item, 1, run)))
    await turn()
    const failure = new Error('lost')
    await batches[0]?.fail(failure)
    await batches[1]?.end()
    expect(await answers).toEqual([
      { status: 'rejected', reason: failure },
      { status: 'rejected', reason: failure },
      { status: 'fulfilled', value: 'c!' },
    ])
  })

  it('refuses what waited too long, and goes on', async () => {
    const { run, batches } = gatedRun()
    const joiner = new Joiner<string, string>({ ...limits, maxSize: 1, maxInFlight: 1, maxWaitMs: 5 })
    const first = joiner.join('g', 'a', 1, run)
    const second = joiner.join('g', 'b', 1, run).catch((error: unknown) => error)
    await turn()
    const since = performance.now()
    while (performance.now() - since < 10);
    await batches[0]?.end()
    expect(await first).toBe('a!')
    expect(await second).toMatchObject({ code: 'unavailable' })
    const third = joiner.join('g', 'c', 1, run)
    await turn()
    await batches[1]?.end()
    expect(await third).toBe('c!')
  })
})

describe('ReadJoiner', () => {
  it('asks for each key once, and lets every call pick its own', async () => {
    const asked: (readonly string[])[] = []
    const joiner = new ReadJoiner<string>({ maxWaitMs: 1000 })
    const fetch = async (keys: readonly string[]) => {
      asked.push(keys)
      return new Map(keys.filter((key) => key !== 'missing').map((key) => [key, `row ${key}`]))
    }
    const read = async (keys: string[]) => {
      const rows = await joiner.read('live', keys, fetch)
      return keys.map((key) => rows.get(key))
    }
    expect(await Promise.all([read(['a']), read(['b', 'missing']), read(['a', 'b'])])).toEqual([
      ['row a'],
      ['row b', undefined],
      ['row a', 'row b'],
    ])
    expect(asked).toEqual([['a', 'b', 'missing']])
  })
})

describe('WriteJoiner', () => {
  it('gives each caller its own row or its own error', async () => {
    const joiner = new WriteJoiner<string, string>({ maxWaitMs: 1000 })
    const store = async (rows: readonly string[]) =>
      rows.map((row) => (row === 'bad' ? { error: new ConflictError('taken') } : { raw: `stored ${row}` }))
    const outcomes = await Promise.allSettled(['a', 'bad', 'c'].map((row) => joiner.write('all', row, store)))
    expect(outcomes).toMatchObject([{ value: 'stored a' }, { reason: expect.any(RepositoryError) }, { value: 'stored c' }])
  })
})
