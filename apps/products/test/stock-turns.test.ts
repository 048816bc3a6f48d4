import { setImmediate as aTurnOfTheLoop } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { StockTurns } from '../src/stock/stock-turns.ts'

const limits = { maxSize: 4, maxWaitMs: 10_000, maxWaiting: 10, longestDelayMs: 60_000 }

function gate(): { opened: Promise<void>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: resolve }
}

/** Turns that note what shares one, and answer each item with itself; the first stays until the gate opens. */
function notedTurns(first = gate()) {
  const seen: string[][] = []
  const turns = new StockTurns<string, string>(limits, async (items) => {
    seen.push([...items])
    if (seen.length === 1) await first.opened
    return items
  })
  return { turns, seen, open: first.open }
}

describe('the turns of stock', () => {
  it('let what waits share the next turn in the order of arrival, up to the size of one', async () => {
    const { turns, seen, open } = notedTurns()
    const answers = ['a', 'b', 'c', 'd', 'e', 'f'].map((item) => turns.together(item, 1))
    await expect.poll(() => seen).toHaveLength(1)
    const later = ['g', 'h', 'i'].map((item) => turns.together(item, 2))
    open()
    expect(await Promise.all([...answers, ...later])).toEqual(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'])
    expect(seen).toEqual([
      ['a', 'b', 'c', 'd'],
      ['e', 'f', 'g'],
      ['h', 'i'],
    ])
  })

  it('give work of its own no turn while a batch is under way, and the other way round', async () => {
    const { turns, seen, open } = notedTurns()
    const order: string[] = []
    const batch = turns.together('a', 1).then((item) => order.push(item))
    const own = turns.run(['k'], async () => void order.push('own'))
    const next = turns.together('b', 1).then((item) => order.push(item))
    await expect.poll(() => seen).toHaveLength(1)
    expect(order).toEqual([])
    open()
    await Promise.all([batch, own, next])
    expect(order.toSorted()).toEqual(['a', 'b', 'own'])
    expect(seen.length).toBeLessThanOrEqual(2)
  })

  it('run work of other keys side by side, and that of one key in the order of arrival', async () => {
    const { turns } = notedTurns()
    const first = gate()
    const order: string[] = []
    const blocked = turns.run(['a'], async () => {
      await first.opened
      order.push('a')
    })
    const behind = turns.run(['b', 'a'], async () => void order.push('b, a'))
    await turns.run(['c'], async () => first.open())
    await Promise.all([blocked, behind])
    expect(order).toEqual(['a', 'b, a'])
  })

  it('do later work when nobody waits any more', async () => {
    const { turns, seen, open } = notedTurns()
    const order: string[] = []
    const first = turns.together('a', 1).then((item) => order.push(item))
    await expect.poll(() => seen).toHaveLength(1)
    const later = turns.runLater(async () => void order.push('later'))
    const rest = ['b', 'c'].map((item) => turns.together(item, 4).then(() => order.push(item)))
    open()
    await Promise.all([first, later, ...rest])
    expect(order).toEqual(['a', 'b', 'c', 'later'])
  })

  it('do later work in the end, although there is always somebody', async () => {
    const turns = new StockTurns<string, string>({ ...limits, longestDelayMs: 20 }, async (items) => {
      await aTurnOfTheLoop()
      return items
    })
    let isDone = false
    const later = turns.runLater(async () => void (isDone = true))
    let last = turns.together('a', 1)
    while (!isDone) {
      const next = turns.together('a', 1)
      await last
      last = next
    }
    await Promise.all([later, last])
  })

  it('turn a caller away when too many wait', async () => {
    const { turns, open } = notedTurns()
    const waiting = Array.from({ length: limits.maxWaiting }, () => turns.together('a', 1))
    await expect(turns.together('late', 1)).rejects.toMatchObject({ slug: 'service-unavailable' })
    open()
    await Promise.all(waiting)
  })

  it('leave out who has given up', async () => {
    const { turns, seen, open } = notedTurns()
    const stop = new AbortController()
    const running = turns.together('a', 1)
    await expect.poll(() => seen).toHaveLength(1)
    const gone = turns.together('gone', 1, stop.signal)
    const rest = turns.together('b', 1)
    stop.abort(new Error('gone'))
    open()
    await expect(gone).rejects.toThrow('gone')
    expect(await Promise.all([running, rest])).toEqual(['a', 'b'])
    expect(seen).toEqual([['a'], ['b']])
  })

  it('go on after work and after a batch that failed', async () => {
    let failing = true
    const turns = new StockTurns<string, string>(limits, async (items) => {
      if (failing) throw new Error('failed')
      return items
    })
    await expect(turns.together('a', 1)).rejects.toThrow('failed')
    failing = false
    await expect(turns.run(['k'], async () => Promise.reject(new Error('own')))).rejects.toThrow('own')
    expect(await turns.together('b', 1)).toBe('b')
    expect(await turns.run(['k'], async () => 'next')).toBe('next')
  })
})
