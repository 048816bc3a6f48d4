import { expect, it } from 'vitest'
import { EventBus } from '../src/index.ts'

interface Happenings {
  readonly 'user.greeted': { readonly name: string }
  readonly 'work.left': undefined
}

function openBus(maxRunning = 1_000) {
  const logged: unknown[] = []
  const keep = (facts: unknown): void => void logged.push(facts)
  return { bus: new EventBus<Happenings>({ log: { error: keep, warn: keep }, maxRunning }), logged }
}

it('tells every handler of an event, after the caller has gone on', async () => {
  const { bus } = openBus()
  const told: string[] = []
  bus.on('user.greeted', 'first', ({ name }) => void told.push(`first ${name}`))
  bus.on('user.greeted', 'second', async ({ name }) => void told.push(`second ${name}`))
  bus.on('work.left', 'other', () => void told.push('other'))
  bus.emit('user.greeted', { name: 'Ada' })
  expect(told).toEqual([])
  await bus.settled()
  expect(told).toEqual(['first Ada', 'second Ada'])
})

it('logs a handler that fails, by exception or by promise, and tells the others all the same', async () => {
  const { bus, logged } = openBus()
  const told: string[] = []
  bus.on('work.left', 'throws', () => {
    throw new Error('at once')
  })
  bus.on('work.left', 'rejects', () => Promise.reject(new Error('later')))
  bus.on('work.left', 'sound', () => void told.push('sound'))
  bus.emit('work.left', undefined)
  await bus.settled()
  expect(told).toEqual(['sound'])
  expect(logged).toMatchObject([
    { event: 'work.left', handler: 'throws' },
    { handler: 'rejects', err: { message: 'later' } },
  ])
})

it('waits for what handlers set off, and tells nobody who has gone', async () => {
  const { bus } = openBus()
  const told: string[] = []
  const leave = bus.on('user.greeted', 'gone', () => void told.push('gone'))
  bus.on('work.left', 'greets', async () => bus.emit('user.greeted', { name: 'Ada' }))
  bus.on('user.greeted', 'stays', ({ name }) => void told.push(name))
  leave()
  bus.emit('work.left', undefined)
  await bus.settled()
  expect(told).toEqual(['Ada'])
})

it('holds a bounded number of calls for a handler that does not come back, and says so', async () => {
  const { bus, logged } = openBus(2)
  const gate = Promise.withResolvers<void>()
  let calls = 0
  bus.on('work.left', 'slow', () => ((calls += 1), gate.promise))
  for (let round = 0; round < 5; round += 1) bus.emit('work.left', undefined)
  gate.resolve()
  await bus.settled()
  expect(calls).toBe(2)
  expect(logged).toHaveLength(3)
})
