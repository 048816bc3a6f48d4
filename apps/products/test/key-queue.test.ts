import { describe, expect, it } from 'vitest'
import { createKeyQueue } from '../src/queueing/key-queue.ts'

function gate(): { opened: Promise<void>; open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { opened: promise, open: resolve }
}

describe('the key queue', () => {
  it('lets callers of one key through in the order of arrival', async () => {
    const queue = createKeyQueue({ maxRunning: 10, maxWaiting: 10 })
    const order: number[] = []
    await Promise.all([1, 2, 3].map((n) => queue.run(['a'], async () => void order.push(n))))
    expect(order).toEqual([1, 2, 3])
  })

  it('runs callers of other keys side by side', async () => {
    const queue = createKeyQueue({ maxRunning: 10, maxWaiting: 10 })
    const first = gate()
    const blocked = queue.run(['a'], () => first.opened)
    await expect(queue.run(['b'], async () => first.open())).resolves.toBeUndefined()
    await blocked
  })

  it('nobody passes an earlier caller on a shared key', async () => {
    const queue = createKeyQueue({ maxRunning: 10, maxWaiting: 10 })
    const first = gate()
    const order: string[] = []
    const all = [
      queue.run(['a'], () => first.opened),
      queue.run(['a', 'b'], async () => void order.push('a,b')),
      queue.run(['b'], async () => void order.push('b')),
    ]
    first.open()
    await Promise.all(all)
    expect(order).toEqual(['a,b', 'b'])
  })

  it('runs no more than maxRunning at once', async () => {
    const queue = createKeyQueue({ maxRunning: 2, maxWaiting: 100 })
    let [running, most] = [0, 0]
    const work = async (): Promise<void> => {
      most = Math.max(most, ++running)
      await new Promise(setImmediate)
      running--
    }
    await Promise.all(Array.from({ length: 20 }, (_, n) => queue.run([`k${n}`], work)))
    expect(most).toBe(2)
  })

  it('turns a caller away when too many wait', async () => {
    const queue = createKeyQueue({ maxRunning: 1, maxWaiting: 1 })
    const first = gate()
    const running = queue.run(['a'], () => first.opened)
    const waiting = queue.run(['a'], async () => undefined)
    await expect(queue.run(['a'], async () => undefined)).rejects.toMatchObject({ slug: 'service-unavailable' })
    first.open()
    await Promise.all([running, waiting])
  })

  it('a caller that gives up leaves the queue, and its keys go on', async () => {
    const queue = createKeyQueue({ maxRunning: 10, maxWaiting: 10 })
    const first = gate()
    const stop = new AbortController()
    const running = queue.run(['a'], () => first.opened)
    const abandoned = queue.run(['a', 'b'], async () => 'never', stop.signal)
    const behind = queue.run(['b'], async () => 'done')
    stop.abort(new Error('gone'))
    await expect(abandoned).rejects.toThrow('gone')
    expect(await behind).toBe('done')
    first.open()
    await running
  })

  it('goes on after work that failed', async () => {
    const queue = createKeyQueue({ maxRunning: 1, maxWaiting: 10 })
    await expect(queue.run(['a'], async () => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
    expect(await queue.run(['a'], async () => 'next')).toBe('next')
  })
})
