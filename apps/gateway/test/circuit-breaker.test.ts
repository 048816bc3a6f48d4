import { expect, test } from 'vitest'
import { CircuitBreaker, type Outcome } from '../src/routing/circuit-breaker.ts'

function start() {
  const clock = { nowMs: 0 }
  const breaker = new CircuitBreaker({ failureThreshold: 3, openMs: 100, now: () => clock.nowMs })
  const run = (outcome: Outcome): boolean => {
    const permit = breaker.enter()
    if (permit !== undefined) breaker.leave(permit, outcome)
    return permit !== undefined
  }
  return { clock, breaker, run }
}

test('failures in a row open it, a success between them starts the count anew', () => {
  const { breaker, run } = start()
  for (const outcome of ['failure', 'failure', 'success', 'failure', 'failure'] as const) run(outcome)
  expect(breaker.state).toBe('closed')
  run('failure')
  expect(breaker.state).toBe('open')
  expect(run('success')).toBe(false)
})

test('a client that went away counts neither way', () => {
  const { breaker, run } = start()
  for (const outcome of ['failure', 'failure', 'unknown', 'failure'] as const) run(outcome)
  expect(breaker.state).toBe('open')
})

test('one trial at a time passes after the wait, and its success closes it', () => {
  const { breaker, clock, run } = start()
  for (let index = 0; index < 3; index++) run('failure')
  clock.nowMs = 99
  expect([breaker.enter(), breaker.retryAfterMs]).toEqual([undefined, 1])
  clock.nowMs = 100
  expect(breaker.enter()).toBe('trial')
  expect(breaker.enter()).toBeUndefined()
  breaker.leave('trial', 'success')
  expect([breaker.state, breaker.enter()]).toEqual(['closed', 'normal'])
})

test('each failed trial doubles the wait, up to sixteen times', () => {
  const { breaker, clock, run } = start()
  for (let index = 0; index < 3; index++) run('failure')
  const waits: number[] = []
  for (let trial = 0; trial < 7; trial++) {
    waits.push(breaker.retryAfterMs)
    clock.nowMs += breaker.retryAfterMs
    run('failure')
  }
  expect(waits).toEqual([100, 200, 400, 800, 1_600, 1_600, 1_600])
})

test('a trial without a verdict lets the next one go at once', () => {
  const { breaker, clock, run } = start()
  for (let index = 0; index < 3; index++) run('failure')
  clock.nowMs = 100
  expect(run('unknown')).toBe(true)
  expect(breaker.enter()).toBe('trial')
})

test('answers to requests from before it opened do not close it', () => {
  const { breaker, run } = start()
  const permit = breaker.enter()
  for (let index = 0; index < 3; index++) run('failure')
  if (permit !== undefined) breaker.leave(permit, 'success')
  expect(breaker.state).toBe('open')
})
