import { sql } from 'drizzle-orm'
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { CommitUnknownError, StatementTimeoutError, UnavailableError } from '../src/errors/repository-error.ts'
import { outsideTransaction } from '../src/repository/unit-of-work.ts'
import type { PostgresDatabase, SqlTransaction } from '../src/sql/index.ts'
import { startFaultProxy } from './support/fault-proxy.ts'
import { drivers, failureOf, signal, useDatabase } from './support/postgres.ts'

const rounds = 6

// Vitest fails the run on any uncaught exception or unhandled rejection, so each of these also shows that none arises.
describe.each(drivers)('when the connection of %s fails', (driver) => {
  const { connect, url } = useDatabase()
  let control: PostgresDatabase

  beforeEach(async () => {
    control = connect({ driver: 'pg', poolSize: 2, maxOverflow: 0 })
    await control.execute(sql`drop table if exists ghosts; create table ghosts (round int)`)
  })

  const ghosts = async () => (await control.execute<{ n: number }>(sql`select count(*)::int as n from ghosts`))[0]?.n
  const haunt = (target: SqlTransaction | PostgresDatabase, round: number) => target.execute(sql`insert into ghosts values (${round})`)
  const pidIn = async (tx: SqlTransaction) => (await tx.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`))[0]?.pid ?? 0
  const terminate = (pid: number) => outsideTransaction(() => control.execute(sql`select pg_terminate_backend(${pid}, 2000)`))
  const proxied = async () => {
    const proxy = await startFaultProxy(url())
    onTestFinished(() => proxy.close())
    return proxy
  }

  test('a transaction that the server ends while it rests leaves no row, and queued calls are unharmed', async () => {
    const database = connect({ driver, poolSize: 1, maxOverflow: 0, idleInTransactionTimeoutMs: 100 })
    for (let round = 0; round < rounds; round++) {
      const ended = signal()
      const begun = signal()
      const transaction = failureOf(
        database.transaction(async (tx) => {
          await tx.execute(sql`select 1`)
          begun.send()
          await ended.promise
          await haunt(tx, round)
          throw new Error('roll back')
        }),
      )
      await begun.promise
      const queued = Promise.all(Array.from({ length: 5 }, () => database.execute(sql`select pg_sleep(${0.01})`)))
      expect(await transaction).toBeInstanceOf(UnavailableError)
      ended.send()
      await queued
    }
    expect(await ghosts()).toBe(0)
  })

  test('a terminated backend fails its statement at once and nothing else', async () => {
    const database = connect({ driver, poolSize: 2, maxOverflow: 0 })
    for (let round = 0; round < rounds; round++) {
      const failure = await failureOf(
        database.transaction(async (tx) => {
          const pid = await pidIn(tx)
          const sleeping = tx.execute(sql`select pg_sleep(${20})`)
          await terminate(pid)
          await sleeping
          await haunt(tx, round)
        }),
      )
      expect(failure).toBeInstanceOf(UnavailableError)
      await haunt(database, -1)
    }
    expect(await ghosts()).toBe(rounds)
  })

  test('a terminated backend between two statements never lets the second run elsewhere', async () => {
    const database = connect({ driver, poolSize: 2, maxOverflow: 0 })
    for (let round = 0; round < rounds; round++) {
      const failure = await failureOf(
        database.transaction(async (tx) => {
          await haunt(tx, round)
          await terminate(await pidIn(tx))
          await haunt(tx, round).catch(() => {})
          await haunt(tx, round)
        }),
      )
      expect(failure).toBeInstanceOf(UnavailableError)
    }
    expect(await ghosts()).toBe(0)
  })

  test('many backends terminated under load lose only their own calls, and the pool recovers', async () => {
    const database = connect({ driver, poolSize: 4, maxOverflow: 0, applicationName: `storm-${driver}` })
    const state = { stormy: true }
    const outcomes = new Set<string>()
    const clients = Array.from({ length: 16 }, async () => {
      while (state.stormy) {
        const work = database.transaction(async (tx) => {
          await haunt(tx, 1)
          await tx.execute(sql`select pg_sleep(${0.002})`)
          throw new Error('roll back')
        })
        outcomes.add((await failureOf(work)).constructor.name)
      }
    })
    for (let strike = 0; strike < 20; strike++) {
      await control.execute(sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name = ${`storm-${driver}`}`)
      await control.execute(sql`select pg_sleep(${0.02})`)
    }
    state.stormy = false
    await Promise.all(clients)
    expect([...outcomes].sort()).toEqual(['Error', 'UnavailableError'])
    expect(await ghosts()).toBe(0)
    await database.ping()
    expect(database.poolHealth()).toMatchObject({ waiting: 0 })
  })

  test('an idle connection that was closed is not lent again', async () => {
    const proxy = await proxied()
    const database = connect({ driver, poolSize: 1, maxOverflow: 0 }, proxy.url)
    await database.ping()
    proxy.cut()
    await vi.waitFor(() => expect(database.poolHealth().open).toBe(0))
    await database.ping()
    expect(proxy.accepted()).toBe(2)
  })

  test('an idle connection that fell silent is found out before it is used', async () => {
    const proxy = await proxied()
    const database = connect({ driver, poolSize: 1, maxOverflow: 0, idleCheckMs: 0.001 }, proxy.url)
    await haunt(database, 1)
    proxy.silence()
    proxy.heal()
    await vi.waitFor(() => expect(database.poolHealth().idle).toBe(1))
    const startedAt = performance.now()
    await haunt(database, 2)
    expect(performance.now() - startedAt).toBeLessThan(2000)
    expect(proxy.accepted()).toBe(2)
  })

  test('an idle connection that was closed harms no later transaction', async () => {
    const database = connect({ driver, poolSize: 1, maxOverflow: 0 })
    for (let round = 0; round < rounds; round++) {
      await terminate(await database.transaction(pidIn))
      await vi.waitFor(() => expect(database.poolHealth().open).toBe(0))
      await database.transaction((tx) => haunt(tx, round))
    }
    expect(await ghosts()).toBe(rounds)
  })

  test('a lost answer to COMMIT is CommitUnknown, and the row is there', async () => {
    const proxy = await proxied()
    const database = connect({ driver, poolSize: 1, maxOverflow: 0 }, proxy.url)
    const told: string[] = []
    for (let round = 0; round < rounds; round++) {
      const work = database.transaction(async (tx) => {
        await haunt(tx, round)
        tx.afterCommit(() => void told.push('committed'))
        tx.afterCommit(() => void told.push('perhaps'), { evenIfUnknown: true })
        proxy.loseAnswerTo('commit')
      })
      expect(await failureOf(work)).toBeInstanceOf(CommitUnknownError)
    }
    expect(await ghosts()).toBe(rounds)
    expect(told).toEqual(Array.from({ length: rounds }, () => 'perhaps'))
  })

  test('a lost answer to the COMMIT of a transaction that only read is Unavailable: there is nothing to look up', async () => {
    const proxy = await proxied()
    const database = connect({ driver, poolSize: 1, maxOverflow: 0 }, proxy.url)
    const work = database.transaction(
      async (tx) => {
        await tx.execute(sql`select 1`)
        proxy.loseAnswerTo('commit')
      },
      { readOnly: true },
    )
    expect(await failureOf(work)).toBeInstanceOf(UnavailableError)
    await database.ping()
  })

  test('a COMMIT that is never answered is CommitUnknown within its deadline', async () => {
    const proxy = await proxied()
    const database = connect({ driver, poolSize: 1, maxOverflow: 0, statementTimeoutMs: 200 }, proxy.url)
    const startedAt = performance.now()
    const work = database.transaction(async (tx) => {
      await haunt(tx, 1)
      proxy.silence()
    })
    expect(await failureOf(work)).toBeInstanceOf(CommitUnknownError)
    expect(performance.now() - startedAt).toBeLessThan(2000)
  })

  test('a COMMIT that a deferred rule refuses is told as that rule, not as unknown', async () => {
    await control.execute(sql`drop table if exists pair; create table pair (id int unique deferrable initially deferred)`)
    const database = connect({ driver })
    const work = database.transaction((tx) => tx.execute(sql`insert into pair values (1), (1)`))
    expect(await failureOf(work)).toMatchObject({ code: 'conflict', fields: ['id'] })
  })

  test('a silent connection ends at its deadline, and the next call gets a fresh one', async () => {
    const proxy = await proxied()
    const database = connect({ driver, poolSize: 2, maxOverflow: 0, statementTimeoutMs: 200 }, proxy.url)
    await database.ping()
    proxy.silence()
    const startedAt = performance.now()
    const single = failureOf(database.execute(sql`select ${1}::int`))
    expect(await single).toBeInstanceOf(StatementTimeoutError)
    expect(performance.now() - startedAt).toBeLessThan(2000)
    proxy.heal()
    await database.ping()
  })

  test('a server that accepts and never speaks is Unavailable within the connect timeout', async () => {
    const proxy = await proxied()
    proxy.silence()
    const database = connect({ driver, connectTimeoutMs: 300 }, proxy.url)
    expect(await failureOf(database.ping())).toBeInstanceOf(UnavailableError)
  })

  test('a connection cut during start-up fails at once', async () => {
    const proxy = await proxied()
    proxy.loseAnswerTo('user')
    const database = connect({ driver, connectTimeoutMs: 120_000 }, proxy.url)
    expect(await failureOf(database.ping())).toBeInstanceOf(UnavailableError)
    await database.ping()
  })

  test('while the network is silent, calls fail within their bounds and recover after it', async () => {
    const proxy = await proxied()
    const limits = { poolSize: 2, maxOverflow: 1, statementTimeoutMs: 200, poolTimeoutSeconds: 0.5, connectTimeoutMs: 400 }
    const database = connect({ driver, ...limits }, proxy.url)
    await Promise.all([database.ping(), database.ping()])
    proxy.silence()
    const startedAt = performance.now()
    const failures = await Promise.all(Array.from({ length: 30 }, () => failureOf(database.ping())))
    expect(performance.now() - startedAt).toBeLessThan(3000)
    for (const failure of failures) expect(['StatementTimeoutError', 'UnavailableError']).toContain(failure.name)
    proxy.heal()
    proxy.cut()
    await database.waitUntilReady({ timeoutMs: 3000 })
  })
})
