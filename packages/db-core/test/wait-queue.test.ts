import { expect, test } from 'vitest'
import { WaitQueue } from '../src/connection/wait-queue.ts'
import { failureOf } from './support/postgres.ts'

test('waiters are served in the order in which they came', async () => {
  const queue = new WaitQueue<string>()
  const waiting = [queue.wait(10), queue.wait(10), queue.wait(10)]
  for (const item of ['a', 'b', 'c']) expect(queue.give(item)).toBe(true)
  expect(queue.give('d')).toBe(false)
  expect(await Promise.all(waiting)).toEqual(['a', 'b', 'c'])
})

test('only those are refused whose time is over', async () => {
  const queue = new WaitQueue<string>()
  const early = queue.wait(10)
  const late = queue.wait(20)
  queue.refuseOverdue(15, () => new Error('too late'))
  expect((await failureOf(early)).message).toBe('too late')
  expect(queue.size).toBe(1)
  queue.give('served')
  expect(await late).toBe('served')
})

test('a queue that never runs empty costs the same after a hundred thousand waiters as at first', async () => {
  const queue = new WaitQueue<number>()
  const rounds = (count: number) => {
    const startedAt = performance.now()
    for (let round = 0; round < count; round++) {
      void queue.wait(round)
      queue.give(round)
    }
    return performance.now() - startedAt
  }
  for (let waiter = 0; waiter < 1000; waiter++) void queue.wait(0)
  rounds(20_000)
  const fresh = rounds(20_000)
  rounds(100_000)
  expect(rounds(20_000)).toBeLessThan(fresh * 5 + 20)
  expect(queue.size).toBe(1000)
})
