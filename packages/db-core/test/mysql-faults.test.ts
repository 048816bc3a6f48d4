import { sql } from 'drizzle-orm'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { CommitUnknownError, RepositoryError, StatementTimeoutError, UnavailableError } from '../src/errors/repository-error.ts'
import { outsideTransaction } from '../src/repository/unit-of-work.ts'
import type { MysqlDatabase, MysqlTransaction } from '../src/sql/mysql/index.ts'
import { startFaultProxy } from './support/fault-proxy.ts'
import { describeMysql, useMysql } from './support/mysql.ts'
import { failureOf, signal } from './support/postgres.ts'

const rounds = 6
const single = { poolSize: 1, maxOverflow: 0 }

// Vitest fails the run on any uncaught exception or unhandled rejection, so each of these also shows that none arises.
describeMysql('when a connection to MySQL fails', () => {
  const { connect, url } = useMysql()
  let control: MysqlDatabase

  beforeEach(async () => {
    control = connect({ poolSize: 2, maxOverflow: 0 })
    await control.execute(sql.raw('drop table if exists ghosts; create table ghosts (round int)'))
  })

  const ghosts = async () => Number((await control.execute(sql`select count(*) as n from ghosts`))[0]?.n)
  const haunt = (target: MysqlTransaction | MysqlDatabase, round: number) => target.execute(sql`insert into ghosts values (${round})`)
  const idIn = async (tx: MysqlTransaction) => Number((await tx.execute(sql`select connection_id() as id`))[0]?.id)
  const kill = (id: number) => outsideTransaction(() => control.execute(sql.raw(`kill ${id}`)))
  const proxied = async () => {
    const proxy = await startFaultProxy(url())
    onTestFinished(() => proxy.close())
    return proxy
  }

  test('a killed connection fails its statement at once and nothing else', async () => {
    const database = connect({ poolSize: 2, maxOverflow: 0 })
    for (let round = 0; round < rounds; round++) {
      const failure = await failureOf(
        database.transaction(async (tx) => {
          const id = await idIn(tx)
          const sleeping = tx.execute(sql`select sleep(${20})`)
          await kill(id)
          await sleeping
          await haunt(tx, round)
        }),
      )
      expect(failure).toBeInstanceOf(UnavailableError)
      await haunt(database, -1)
    }
    expect(await ghosts()).toBe(rounds)
    expect(database.poolHealth()).toMatchObject({ waiting: 0 })
  })

  test('a connection killed between two statements never lets the second run elsewhere', async () => {
    const database = connect({ poolSize: 2, maxOverflow: 0 })
    for (let round = 0; round < rounds; round++) {
      const failure = await failureOf(
        database.transaction(async (tx) => {
          await haunt(tx, round)
          await kill(await idIn(tx))
          await haunt(tx, round).catch(() => {})
          await haunt(tx, round)
        }),
      )
      expect(failure).toBeInstanceOf(UnavailableError)
    }
    expect(await ghosts()).toBe(0)
  })

  test('a transaction that rests too long is ended by MariaDB, leaves no row, and queued calls are unharmed', async () => {
    const database = connect({ ...single, idleInTransactionTimeoutMs: 1000 })
    const ended = signal()
    const begun = signal()
    const transaction = failureOf(
      database.transaction(
        async (tx) => {
          await haunt(tx, 1)
          begun.send()
          await ended.promise
          await haunt(tx, 1)
        },
        { timeoutMs: 3000 },
      ),
    )
    await begun.promise
    const queued = Promise.all(Array.from({ length: 5 }, () => database.execute(sql`select ${1} as one`)))
    expect(await transaction).toBeInstanceOf(RepositoryError)
    ended.send()
    await queued
    expect(await ghosts()).toBe(0)
  })

  test('many connections killed under load lose only their own calls, and the pool recovers', async () => {
    const database = connect({ poolSize: 4, maxOverflow: 0 })
    const ids = new Set<number>()
    const state = { stormy: true }
    const outcomes = new Set<string>()
    const clients = Array.from({ length: 16 }, async () => {
      while (state.stormy) {
        const work = database.transaction(async (tx) => {
          ids.add(await idIn(tx))
          await haunt(tx, 1)
          throw new Error('roll back')
        })
        outcomes.add((await failureOf(work)).constructor.name)
      }
    })
    for (let strike = 0; strike < 20; strike++) {
      await vi.waitFor(() => expect(ids.size).toBeGreaterThan(0))
      const [...struck] = ids
      ids.clear()
      for (const id of struck) await kill(id).catch(() => {})
    }
    state.stormy = false
    await Promise.all(clients)
    expect([...outcomes].toSorted()).toEqual(['Error', 'UnavailableError'])
    expect(await ghosts()).toBe(0)
    await database.ping()
    expect(database.poolHealth()).toMatchObject({ waiting: 0 })
  })

  test('an idle connection that was closed is not lent again', async () => {
    const proxy = await proxied()
    const database = connect(single, proxy.url)
    await database.ping()
    proxy.cut()
    await vi.waitFor(() => expect(database.poolHealth().open).toBe(0))
    await database.ping()
    expect(proxy.accepted()).toBe(2)
  })

  test('a silent connection ends its statement at the deadline, and the next call gets another one', async () => {
    const proxy = await proxied()
    const database = connect({ ...single, statementTimeoutMs: 200 }, proxy.url)
    await database.ping()
    proxy.silence()
    const failure = failureOf(database.execute(sql`select ${1} as one`))
    expect(await failure).toBeInstanceOf(StatementTimeoutError)
    proxy.heal()
    expect(await database.execute(sql`select ${1} as one`)).toEqual([{ one: 1 }])
  })

  test('a server that accepts and says nothing is unavailable after the connect timeout', async () => {
    const proxy = await proxied()
    proxy.silence()
    const database = connect({ ...single, connectTimeoutMs: 200 }, proxy.url)
    expect(await failureOf(database.ping())).toBeInstanceOf(UnavailableError)
  })

  test('a commit whose answer is lost is CommitUnknown, and stands', async () => {
    const proxy = await proxied()
    const database = connect(single, proxy.url)
    await database.ping()
    proxy.loseAnswerTo('commit')
    expect(await failureOf(database.transaction((tx) => haunt(tx, 1)))).toBeInstanceOf(CommitUnknownError)
    expect(await ghosts()).toBe(1)
  })

  test('a statement whose answer is lost is Unavailable, and is not sent again', async () => {
    const proxy = await proxied()
    const database = connect(single, proxy.url)
    await haunt(database, 1)
    proxy.loseAnswerTo('insert into ghosts')
    expect(await failureOf(haunt(database, 2))).toBeInstanceOf(UnavailableError)
    await database.ping()
    expect(await ghosts()).toBeLessThanOrEqual(2)
  })

  test('a full pool refuses a call that waited long enough, and serves again when one is free', async () => {
    const database = connect({ ...single, poolTimeoutSeconds: 0.2 })
    const release = signal()
    const holding = database.transaction(async (tx) => {
      await tx.execute(sql`select ${1} as one`)
      await release.promise
    })
    await vi.waitFor(() => expect(database.poolHealth()).toMatchObject({ open: 1, idle: 0 }))
    expect(await failureOf(database.ping())).toBeInstanceOf(UnavailableError)
    release.send()
    await holding
    await database.ping()
  })

  test('200 calls at once on 3 connections all answer, and no more are opened', async () => {
    const database = connect({ poolSize: 2, maxOverflow: 1 })
    const rows = await Promise.all(Array.from({ length: 200 }, (_, n) => database.execute(sql`select ${n} as n`)))
    expect(rows.map(([row]) => row?.n)).toEqual(Array.from({ length: 200 }, (_, n) => n))
    expect(database.poolHealth()).toMatchObject({ max: 3, waiting: 0 })
    expect(database.poolHealth().open).toBeLessThanOrEqual(3)
  })

  test('an overlong statement is ended by the server, and its connection serves on', async () => {
    const database = connect({ ...single, statementTimeoutMs: 200 })
    const [before] = await database.execute(sql`select connection_id() as id`)
    const digits =
      '(select 0 as d union select 1 union select 2 union select 3 union select 4 union select 5 union select 6 union select 7)'
    const tables = Array.from({ length: 12 }, (_, n) => `${digits} as d${n}`).join(', ')
    const slow = sql`select count(*) from ${sql.raw(tables)} where rand() < ${0.5}`
    expect(await failureOf(database.execute(slow))).toBeInstanceOf(StatementTimeoutError)
    expect(await database.execute(sql`select connection_id() as id`)).toEqual([before])
  })
})
