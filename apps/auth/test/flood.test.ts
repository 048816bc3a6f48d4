import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { goodPassword, readProblem, startAuth, type AuthFixture } from './auth-fixture.ts'

const productionCost = { ARGON2_MEMORY_KIB: '19456', ARGON2_TIME: '2', LOG_LEVEL: 'info', SQL_ECHO: 'false' }
let auth: AuthFixture
beforeAll(async () => {
  auth = await startAuth(productionCost)
})
afterAll(() => auth.stop())

const logIn = (email: string, password: string) => auth.call('POST', '/auth/login', { body: { email, password } })

async function elapsedMs(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function variance(values: readonly number[]): number {
  const center = mean(values)
  return values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1)
}

function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length * part)] ?? 0
}

/** Welch's t of two samples. */
function welchT(one: readonly number[], two: readonly number[]): number {
  return (mean(one) - mean(two)) / Math.sqrt(variance(one) / one.length + variance(two) / two.length)
}

describe('login under attack, at production cost', () => {
  test('of 1,000 logins at once few are hashed and the others get 503 with Retry-After; other routes keep answering', async () => {
    const { user } = await auth.register()
    const flood = Promise.all(Array.from({ length: 1_000 }, () => logIn(user.email, 'not the password')))
    const others: number[] = []
    let isOver = false
    void flood.finally(() => {
      isOver = true
    })
    while (!isOver) {
      others.push(await elapsedMs(() => auth.call('GET', '/.well-known/jwks.json')))
      await nextTurn()
    }
    const answers = await flood
    const refused = answers.filter((answer) => answer.statusCode === 503)
    expect(new Set(answers.map((answer) => answer.statusCode))).toEqual(new Set([401, 503]))
    expect(refused.length).toBeGreaterThan(500)
    expect(new Set(refused.map((answer) => readProblem(answer).slug))).toEqual(new Set(['hashing-busy']))
    expect(new Set(refused.map((answer) => answer.headers['retry-after']))).toEqual(new Set(['1']))
    expect(percentile(others, 0.99)).toBeLessThan(200)
    expect((await logIn(user.email, goodPassword)).statusCode).toBe(200)
  })

  test('an unknown address and a wrong password take the same time', async () => {
    const { user } = await auth.register()
    const attempt = async (): Promise<number> => {
      const known: number[] = []
      const unknown: number[] = []
      for (let pair = 0; pair < 60; pair++) {
        known.push(await elapsedMs(() => logIn(user.email, 'not the password')))
        unknown.push(await elapsedMs(() => logIn('nobody@example.com', 'not the password')))
      }
      return Math.abs(welchT(known, unknown))
    }
    // Other work on the machine can spoil a round; a leak shows in every one.
    const rounds: number[] = []
    while (rounds.length < 3 && !rounds.some((t) => t < 3)) rounds.push(await attempt())
    expect(Math.min(...rounds)).toBeLessThan(3)
  }, 60_000)
})
