import { sql } from 'drizzle-orm'
import { describe, expect, test, vi } from 'vitest'
import { UnavailableError } from '../src/errors/repository-error.ts'
import type { PostgresDatabase } from '../src/sql/index.ts'
import { drivers, failureOf, signal, useDatabase } from './support/postgres.ts'

describe.each(drivers)('the pool over %s', (driver) => {
  const { connect } = useDatabase()

  const sessions = async (observer: PostgresDatabase, name: string) => {
    const [row] = await observer.execute<{ n: number }>(
      sql`select count(*)::int as n from pg_stat_activity where application_name = ${name}`,
    )
    return row?.n ?? 0
  }
  const pidOf = async (database: PostgresDatabase) => (await database.execute(sql`select pg_backend_pid() as pid`))[0]?.['pid']

  test('200 calls at once are all served by no more than size plus overflow connections', async () => {
    const database = connect({ driver, poolSize: 3, maxOverflow: 2, poolTimeoutSeconds: 20, applicationName: `cap-${driver}` })
    const observer = connect({ driver, poolSize: 1, maxOverflow: 0 })
    const calls = Array.from({ length: 200 }, (_, call) => database.execute(sql`select ${call}::int as call, pg_sleep(0.01)`))
    const state = { most: 0, running: true }
    const observing = (async () => {
      while (state.running) state.most = Math.max(state.most, await sessions(observer, `cap-${driver}`))
    })()
    const rows = await Promise.all(calls)
    state.running = false
    await observing
    expect(rows.map(([row]) => row?.['call'])).toEqual(Array.from({ length: 200 }, (_, call) => call))
    expect(state.most).toBe(5)
  })

  test('overflow connections close when they are idle', async () => {
    const database = connect({ driver, poolSize: 1, maxOverflow: 3, applicationName: `overflow-${driver}` })
    const observer = connect({ driver, poolSize: 1, maxOverflow: 0 })
    await Promise.all([1, 2, 3, 4].map(() => database.execute(sql`select pg_sleep(0.1)`)))
    expect(await sessions(observer, `overflow-${driver}`)).toBe(4)
    await vi.waitFor(async () => expect(await sessions(observer, `overflow-${driver}`)).toBe(1), { timeout: 6000 })
  })

  test('a full pool refuses after the waiting time, in the order of arrival, and serves again', async () => {
    const database = connect({ driver, poolSize: 1, maxOverflow: 0, poolTimeoutSeconds: 0.3 })
    const held = signal()
    const release = signal()
    const holder = database.transaction(async () => {
      held.send()
      await release.promise
    })
    await held.promise
    const failures = await Promise.all([1, 2, 3].map(() => failureOf(database.ping())))
    for (const failure of failures) expect(failure).toBeInstanceOf(UnavailableError)
    release.send()
    await holder
    await database.ping()
  })

  test('waiting calls are served first come, first served', async () => {
    const database = connect({ driver, poolSize: 1, maxOverflow: 0 })
    const served: number[] = []
    await Promise.all([1, 2, 3, 4, 5, 6].map((call) => database.execute(sql`select ${call}::int`).then(() => served.push(call))))
    expect(served).toEqual([1, 2, 3, 4, 5, 6])
  })

  test('a connection older than its age is replaced', async () => {
    const database = connect({ driver, poolSize: 1, maxOverflow: 0, poolRecycleSeconds: 0.3 })
    const first = await pidOf(database)
    expect(await pidOf(database)).toBe(first)
    await vi.waitFor(async () => expect(await pidOf(database)).not.toBe(first), { timeout: 3000, interval: 100 })
    expect(database.poolHealth().open).toBe(1)
  })

  test('an idle connection that still answers is used on, and asked before that', async () => {
    const statements: string[] = []
    const note = (fields: object) => void ('sql' in fields && statements.push(String(fields.sql)))
    const logger = { debug: note, info: note, warn: note, error: note }
    const database = connect({ driver, poolSize: 1, maxOverflow: 0, idleCheckMs: 0.001, echo: true, logger })
    const first = await pidOf(database)
    const asked = statements.length
    await vi.waitFor(() => expect(database.poolHealth().idle).toBe(1))
    expect(await pidOf(database)).toBe(first)
    expect(statements.slice(asked)[0]).toBe('select 1')
  })

  test('close lets work finish, refuses what comes later and leaves no session', async () => {
    const database = connect({ driver, poolSize: 2, maxOverflow: 0, applicationName: `close-${driver}` })
    const observer = connect({ driver, poolSize: 1, maxOverflow: 0 })
    const work = database.execute(sql`select pg_sleep(0.2), ${'finished'}::text as state`)
    await vi.waitFor(() => expect(database.poolHealth().open).toBe(1))
    await Promise.all([database.close(), expect(work).resolves.toMatchObject([{ state: 'finished' }])])
    expect(await failureOf(database.ping())).toBeInstanceOf(UnavailableError)
    await vi.waitFor(async () => expect(await sessions(observer, `close-${driver}`)).toBe(0))
  })

  test('close ends work that does not finish in time', async () => {
    const database = connect({ driver, poolSize: 1, maxOverflow: 0, closeTimeoutMs: 100 })
    const work = failureOf(database.execute(sql`select pg_sleep(${60})`))
    await vi.waitFor(() => expect(database.poolHealth().open).toBe(1))
    await database.close()
    expect(await work).toBeInstanceOf(UnavailableError)
  })

  test('closing twice, or before any statement, is harmless', async () => {
    const database = connect({ driver })
    await Promise.all([database.close(), database.close()])
  })
})
