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

test('a queue that never runs empty serves in order, and keeps nobody who was served', async () => {
  const queue = new WaitQueue<number>()
  const backlog = 1000
  const rounds = 100_000
  const served: number[] = []
  const wait = (place: number): void => void queue.wait(place).then(() => served.push(place))
  for (let place = 0; place < backlog; place++) wait(place)
  for (let round = 0; round < rounds; round++) {
    wait(backlog + round)
    queue.give(round)
  }
  await Promise.resolve()
  expect(queue.size).toBe(backlog)
  expect(served).toEqual(Array.from({ length: rounds }, (_, place) => place))
})
