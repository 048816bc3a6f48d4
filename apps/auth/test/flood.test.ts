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

describe('1,000 logins at once, at production cost', () => {
  // For an unknown address too: whoever is refused for the queue would have paid for a hash.
  test.each([['a wrong password'], ['an unknown address']])(
    'with %s: few are hashed, then their account is throttled; the others get 503 with Retry-After, other routes answer',
    async (kind) => {
      const email = kind === 'an unknown address' ? 'nobody@example.com' : (await auth.register()).user.email
      const flood = Promise.all(Array.from({ length: 1_000 }, () => logIn(email, 'not the password')))
      const others: number[] = []
      let isOver = false
      void flood.finally(() => {
        isOver = true
      })
      while (!isOver) {
        others.push((await auth.call('GET', '/.well-known/jwks.json')).statusCode)
        await nextTurn()
      }
      const answers = await flood
      const refused = answers.filter((answer) => answer.statusCode === 503)
      expect(new Set(answers.map((answer) => answer.statusCode))).toEqual(new Set([401, 429, 503]))
      expect(refused.length).toBeGreaterThan(500)
      expect(new Set(refused.map((answer) => readProblem(answer).slug))).toEqual(new Set(['hashing-busy']))
      expect(new Set(refused.map((answer) => answer.headers['retry-after']))).toEqual(new Set(['1']))
      expect(new Set(others)).toEqual(new Set([200]))
    },
  )

  test('the right password is let in afterwards', async () => {
    const { user } = await auth.register()
    expect((await logIn(user.email, goodPassword)).statusCode).toBe(200)
  })
})
