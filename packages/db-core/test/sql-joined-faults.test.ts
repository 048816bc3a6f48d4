import { sql } from 'drizzle-orm'
import { integer, pgTable, text } from 'drizzle-orm/pg-core'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { RepositoryError, UnavailableError } from '../src/errors/repository-error.ts'
import { SqlRepository, uuidKey, type PostgresDatabase } from '../src/sql/index.ts'
import { startFaultProxy } from './support/fault-proxy.ts'
import { drivers, failureOf, signal, useDatabase } from './support/postgres.ts'

const things = pgTable('things', { ...uuidKey(), code: text('code').notNull(), amount: integer('amount').notNull() })

describe.each(drivers)('joined calls over %s', (driver) => {
  const { connect, url } = useDatabase()
  let control: PostgresDatabase

  beforeEach(async () => {
    control = connect({ driver: 'pg', poolSize: 1, maxOverflow: 0 })
    await control.execute(
      sql`drop table if exists things; create table things (id uuid primary key, code text not null unique, amount int not null)`,
    )
  })

  const joining = (database: PostgresDatabase) => new SqlRepository(database, things, { joinWrites: true })
  const proxied = async () => {
    const proxy = await startFaultProxy(url())
    onTestFinished(() => proxy.close())
    return proxy
  }
  const codesOf = (failures: readonly Error[]) =>
    new Set(failures.map((failure) => (failure instanceof RepositoryError ? failure.code : failure.name)))

  test('hold the limits of the pool, 200 of every kind at once', async () => {
    const applicationName = `joined-${driver}`
    const database = connect({ driver, poolSize: 3, maxOverflow: 2, poolTimeoutSeconds: 20, applicationName })
    const repository = joining(database)
    const { id } = await repository.create({ code: 'first', amount: 0 })
    const state = { most: 0, running: true }
    const observing = (async () => {
      while (state.running) state.most = Math.max(state.most, await sessionsOf(control, applicationName))
    })()
    const calls = Array.from({ length: 200 }, (_, call): Promise<unknown> => {
      if (call % 4 === 0) return repository.get(id)
      if (call % 4 === 1) return repository.create({ code: `c-${call}`, amount: call })
      if (call % 4 === 2) return repository.list({ where: { code: { eq: 'first' } } })
      return database.transaction((tx) => repository.increment(id, { amount: 1 }, { tx }))
    })
    await Promise.all(calls)
    state.running = false
    await observing
    expect(state.most).toBeGreaterThan(1)
    expect(state.most).toBeLessThanOrEqual(5)
    expect(await repository.get(id)).toMatchObject({ amount: 50 })
    expect(await repository.count()).toBe(51)
    expect(database.poolHealth()).toMatchObject({ waiting: 0 })
  })

  test('of which the answer was lost are told so, each of them, and none is sent a second time', async () => {
    const proxy = await proxied()
    const repository = joining(connect({ driver, poolSize: 2, maxOverflow: 0 }, proxy.url))
    await repository.create({ code: 'first', amount: 0 })
    proxy.loseAnswerTo('insert')
    const inputs = Array.from({ length: 20 }, (_, call) => ({ code: `c-${call}`, amount: call }))
    const outcomes = await Promise.allSettled(inputs.map((input) => repository.create(input)))
    const lost = outcomes.flatMap(({ status }, index) => (status === 'rejected' ? [inputs[index]?.code ?? ''] : []))
    const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
    expect(lost.length).toBeGreaterThan(0)
    for (const failure of failures) expect(failure).toMatchObject({ code: expect.stringMatching(/^(unavailable|commit-unknown)$/) })
    const answered = inputs.filter(({ code }) => !lost.includes(code))
    expect(await repository.count({ code: { in: answered.map(({ code }) => code) } })).toBe(answered.length)
    expect(await repository.create({ code: 'after', amount: 0 })).toMatchObject({ code: 'after' })
  })

  test('of a terminated backend fail, those that came later are answered, and the pool is whole', async () => {
    const database = connect({ driver, poolSize: 1, maxOverflow: 0 })
    const repository = joining(database)
    const { id } = await repository.create({ code: 'first', amount: 0 })
    const unlock = await lockThings(control)
    const [backend] = await database.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`)
    const reads = Promise.allSettled(Array.from({ length: 20 }, () => repository.get(id)))
    const killer = connect({ driver: 'pg', poolSize: 1, maxOverflow: 0 })
    await waitForLock(killer, backend?.pid ?? 0)
    await killer.execute(sql`select pg_terminate_backend(${backend?.pid ?? 0}, 2000)`)
    await unlock()
    const outcomes = await reads
    const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
    expect(failures.length).toBeGreaterThan(0)
    for (const failure of failures) expect(failure).toBeInstanceOf(UnavailableError)
    for (const outcome of outcomes) if (outcome.status === 'fulfilled') expect(outcome.value).toMatchObject({ id })
    expect(await Promise.all([repository.get(id), repository.get(id)])).toMatchObject([{ id }, { id }])
    expect(database.poolHealth()).toMatchObject({ open: 1, idle: 1, waiting: 0 })
  })

  test('on a silent connection end at its deadline, and the next ones get a fresh one', async () => {
    const proxy = await proxied()
    const database = connect({ driver, poolSize: 2, maxOverflow: 0, statementTimeoutMs: 200 }, proxy.url)
    const repository = joining(database)
    const { id } = await repository.create({ code: 'first', amount: 0 })
    proxy.silence()
    const failures = await Promise.all([
      ...Array.from({ length: 20 }, () => failureOf(repository.get(id))),
      ...Array.from({ length: 20 }, (_, call) => failureOf(repository.create({ code: `c-${call}`, amount: call }))),
    ])
    for (const code of codesOf(failures)) expect(['statement-timeout', 'unavailable', 'commit-unknown']).toContain(code)
    proxy.heal()
    proxy.cut()
    await database.waitUntilReady({ timeoutMs: 5000 })
    expect(await repository.get(id)).toMatchObject({ code: 'first' })
    expect(database.poolHealth()).toMatchObject({ waiting: 0 })
  })

  test('of a full pool are refused within the waiting time, and served once it is free', async () => {
    const database = connect({ driver, poolSize: 1, maxOverflow: 0, poolTimeoutSeconds: 0.3 })
    const repository = joining(database)
    const { id } = await repository.create({ code: 'first', amount: 0 })
    const held = signal()
    const release = signal()
    const holder = database.transaction(async () => {
      held.send()
      await release.promise
    })
    await held.promise
    const failures = await Promise.all([
      ...Array.from({ length: 100 }, () => failureOf(repository.get(id))),
      ...Array.from({ length: 100 }, (_, call) => failureOf(repository.create({ code: `c-${call}`, amount: call }))),
    ])
    expect(codesOf(failures)).toEqual(new Set(['unavailable']))
    release.send()
    await holder
    expect(await repository.get(id)).toMatchObject({ code: 'first' })
    expect(await repository.count()).toBe(1)
  })

  test('that wait for a lock longer than a statement may end at that limit, and the connection lives on', async () => {
    const database = connect({ driver, poolSize: 1, maxOverflow: 0, statementTimeoutMs: 200 })
    const repository = joining(database)
    const { id } = await repository.create({ code: 'first', amount: 0 })
    const unlock = await lockThings(control)
    const [before] = await database.execute(sql`select pg_backend_pid() as pid`)
    const failures = await Promise.all(Array.from({ length: 20 }, () => failureOf(repository.get(id))))
    expect(codesOf(failures)).toEqual(new Set(['statement-timeout']))
    await unlock()
    expect(await database.execute(sql`select pg_backend_pid() as pid`)).toEqual([before])
    expect(await repository.get(id)).toMatchObject({ code: 'first' })
  })
})

/** Lets nobody else read them until the answered function is called. */
async function lockThings(database: PostgresDatabase): Promise<() => Promise<void>> {
  const locked = signal()
  const done = signal()
  const holder = database.transaction(async (tx) => {
    await tx.execute(sql`lock table things in access exclusive mode`)
    locked.send()
    await done.promise
  })
  await locked.promise
  return async () => {
    done.send()
    await holder
  }
}

async function sessionsOf(observer: PostgresDatabase, name: string): Promise<number> {
  const [row] = await observer.execute<{ n: number }>(sql`select count(*)::int as n from pg_stat_activity where application_name = ${name}`)
  return row?.n ?? 0
}

/** Until the backend waits for a lock. */
async function waitForLock(observer: PostgresDatabase, pid: number): Promise<void> {
  for (;;) {
    const [row] = await observer.execute<{ waiting: boolean }>(
      sql`select exists (select from pg_stat_activity where pid = ${pid} and wait_event_type = 'Lock') as waiting`,
    )
    if (row?.waiting) return
  }
}
