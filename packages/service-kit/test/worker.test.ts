import { expect, it } from 'vitest'
import { growingPause, Worker } from '../src/index.ts'

const aMinute = { leastMs: 0, mostMs: 60_000 }

it('works again at once when it was woken, also while it worked', async () => {
  const rounds = Array.from({ length: 3 }, () => Promise.withResolvers<void>())
  let done = 0
  const worker: Worker = new Worker({
    round: async () => {
      done += 1
      if (done === 1) worker.wake()
      rounds[done - 1]?.resolve()
      return aMinute
    },
  })
  worker.start()
  await rounds[1]?.promise
  worker.wake()
  await rounds[2]?.promise
  await worker.stop()
  expect(done).toBe(3)
})

it('lets a round come to its end when it is stopped, and begins none after it', async () => {
  const begun = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  let ended = 0
  const worker = new Worker({
    round: async (signal) => {
      begun.resolve()
      await gate.promise
      expect(signal.aborted).toBe(true)
      ended += 1
      return { leastMs: 0, mostMs: 0 }
    },
  })
  worker.start()
  await begun.promise
  const stopped = worker.stop()
  worker.wake()
  gate.resolve()
  await stopped
  expect(ended).toBe(1)
})

it('is not woken out of the least pause', async () => {
  const begun = Promise.withResolvers<void>()
  let rounds = 0
  const worker = new Worker({
    round: async () => {
      rounds += 1
      begun.resolve()
      return { leastMs: 60_000, mostMs: 60_000 }
    },
  })
  worker.start()
  await begun.promise
  worker.wake()
  await new Promise((resolve) => setImmediate(resolve))
  await worker.stop()
  expect(rounds).toBe(1)
})

it.each([1, 7, 250, 1_000])('pauses that begin at %i ms grow to their bound and no further, and never end before half of it', (firstMs) => {
  for (let failures = 1; failures <= 100; failures += 1) {
    const fullMs = Math.min(60_000, firstMs * 2 ** (failures - 1))
    const pauseMs = growingPause(failures, { firstMs, longestMs: 60_000 })
    expect(pauseMs).toBeLessThanOrEqual(Math.ceil(fullMs))
    expect(pauseMs).toBeGreaterThanOrEqual(Math.floor(fullMs / 2))
  }
})
