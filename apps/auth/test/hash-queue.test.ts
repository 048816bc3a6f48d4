import { setImmediate as nextTurn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { HashQueue } from '../src/passwords/hash-queue.ts'

const deferred = () => Promise.withResolvers<string>()

describe('HashQueue', () => {
  test('runs as many at once as it may, the others in order', async () => {
    const queue = new HashQueue({ concurrency: 2, queueLimit: 20 })
    const started: number[] = []
    const gates = [deferred(), deferred(), deferred(), deferred()]
    const runs = gates.map((gate, index) => queue.run(() => (started.push(index), gate.promise)))
    expect(started).toEqual([0, 1])
    gates[1]?.resolve('second')
    expect(await runs[1]).toBe('second')
    await nextTurn()
    expect(started).toEqual([0, 1, 2])
    for (const gate of gates) gate.resolve('done')
    expect(await Promise.all(runs)).toEqual(['done', 'second', 'done', 'done'])
  })

  test('refuses at once when the queue is full, with Retry-After, and recovers', async () => {
    const queue = new HashQueue({ concurrency: 1, queueLimit: 1 })
    const gate = deferred()
    const runs = [queue.run(() => gate.promise), queue.run(() => gate.promise)]
    await expect(queue.run(() => gate.promise)).rejects.toMatchObject({
      slug: 'hashing-busy',
      status: 503,
      headers: { 'retry-after': '1' },
    })
    gate.resolve('done')
    await Promise.all(runs)
    expect(await queue.run(async () => 'again')).toBe('again')
  })

  test('work that failed gives its slot back', async () => {
    const queue = new HashQueue({ concurrency: 1, queueLimit: 1 })
    await expect(queue.run(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed')
    expect(await queue.run(async () => 'next')).toBe('next')
  })

  test('whoever went away leaves the queue without being worked for', async () => {
    const queue = new HashQueue({ concurrency: 1, queueLimit: 1 })
    const gate = deferred()
    const first = queue.run(() => gate.promise)
    const abort = new AbortController()
    const gone = queue.run(async () => 'never', abort.signal)
    abort.abort(new Error('gone'))
    await expect(gone).rejects.toThrow('gone')
    const waiting = queue.run(async () => 'served')
    gate.resolve('done')
    expect([await first, await waiting]).toEqual(['done', 'served'])
    await expect(queue.run(async () => 'never', abort.signal)).rejects.toThrow('gone')
  })
})
