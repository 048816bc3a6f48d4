import { once } from 'node:events'
import { createPostgresDatabase, type TestDatabase } from '@polystore/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testEnvironment } from './auth-fixture.ts'
import { applyMigrations } from './apply-migrations.ts'
import { addressOf, runProgram, startProgram } from './run-program.ts'

let database: TestDatabase
beforeAll(async () => {
  database = await createPostgresDatabase()
  await applyMigrations(database.url)
})
afterAll(() => database.drop())

const seedPassword = 'a seed password for tests'

describe('the commands', () => {
  test('server: lists every fault of its configuration at once and exits 1', async () => {
    const { code, output } = await runProgram('server.ts', {
      DATABASE_URL: 'mysql://secret@host/x',
      ARGON2_TIME: 'two',
      INTERNAL_SECRET: 'short',
    })
    expect(code).toBe(1)
    for (const name of ['DATABASE_URL', 'ARGON2_TIME', 'INTERNAL_SECRET', 'KEY_ENCRYPTION_SECRET: is missing'])
      expect(output).toContain(name)
    expect(output).not.toContain('secret@host')
  })

  test('server: refuses a hash cost below what OWASP accepts', async () => {
    const { code, output } = await runProgram('server.ts', { ...testEnvironment(database.url), NODE_ENV: 'production' })
    expect(code).toBe(1)
    expect(output).toContain('ARGON2_MEMORY_KIB times ARGON2_TIME must be at least 38912')
  })

  test('server: gets ready, answers, and ends with 0 on SIGTERM', async () => {
    const running = startProgram('server.ts', { ...testEnvironment(database.url), PORT: '0', LOG_LEVEL: 'info' })
    const address = await addressOf(running)
    let status = 0
    while (status !== 200) ({ status } = await fetch(`${address}/readyz`, { signal: AbortSignal.timeout(5_000) }))
    expect((await fetch(`${address}/.well-known/jwks.json`)).status).toBe(200)
    running.child.kill('SIGTERM')
    expect(await once(running.child, 'close')).toEqual([0, null])
  })

  test('seed: makes the demo users once, and leaves them alone afterwards', async () => {
    const environment = { ...testEnvironment(database.url), SEED_DEMO_PASSWORD: seedPassword }
    expect(await runProgram('seed.ts', environment)).toEqual({ code: 0, output: 'Created demo@polystore.dev and admin@polystore.dev.\n' })
    expect(await runProgram('seed.ts', environment)).toEqual({ code: 0, output: 'The demo users exist already.\n' })
  })

  test('seed: refuses a common password', async () => {
    const { code, output } = await runProgram('seed.ts', { ...testEnvironment(database.url), SEED_DEMO_PASSWORD: 'password123' })
    expect(code).toBe(1)
    expect(output).toContain('SEED_DEMO_PASSWORD: is one of the most common passwords')
  })

  test('keys:rotate --now: prints the key ids by state', async () => {
    const { code, output } = await runProgram('rotate-keys.ts', testEnvironment(database.url), ['--now'])
    expect(code).toBe(0)
    expect(JSON.parse(output)).toEqual({ current: [expect.any(String)], next: [expect.any(String)], retired: [expect.any(String)] })
  })
})
