import { sql } from 'drizzle-orm'
import { beforeEach, describe, expect, test } from 'vitest'
import { SerializationError, UnavailableError } from '../src/errors/repository-error.ts'
import { outsideTransaction } from '../src/repository/unit-of-work.ts'
import { failureOf, signal } from './support/postgres.ts'
import { countUp, counterOf, createWords, wordsIn } from './support/sqlite-words.ts'
import { useSqliteFile } from './support/sqlite.ts'

const { connect } = useSqliteFile()

beforeEach(() => createWords(connect()))

describe('one file and many connections of one process', () => {
  test('writers take turns in the order in which they came, and none is lost', async () => {
    const database = connect({ poolSize: 12, poolTimeoutSeconds: 60 })
    const order: number[] = []
    await Promise.all(
      Array.from({ length: 100 }, (_, turn) =>
        database.transaction(
          async (tx) => {
            await new Promise((resolve) => setImmediate(resolve))
            await tx.execute(sql`update counter set n = n + 1`)
            order.push(turn)
          },
          { timeoutMs: 60_000 },
        ),
      ),
    )
    expect(await counterOf(database)).toBe(100)
    expect(order).toEqual(Array.from({ length: 100 }, (_, turn) => turn))
  })

  test('readers see the last commit while a writer works', async () => {
    const database = connect()
    await database.transaction(async (tx) => {
      await tx.execute(sql`update counter set n = 7`)
      expect(await outsideTransaction(() => counterOf(database))).toBe(0)
    })
    expect(await counterOf(database)).toBe(7)
  })

  test('repeatable read is not kept waiting before it writes, and a writer that was faster is a serialization failure', async () => {
    const database = connect()
    const attempt = (retries: number) => {
      let attempts = 0
      return database.transaction(
        async (tx) => {
          attempts += 1
          const [row] = await tx.execute<{ n: number }>(sql`select n from counter`)
          if (attempts === 1) await outsideTransaction(() => countUp(database))
          await tx.execute(sql`update counter set n = ${(row?.n ?? 0) + 10}`)
        },
        { isolation: 'repeatable read', retries },
      )
    }
    expect(await failureOf(attempt(0))).toBeInstanceOf(SerializationError)
    expect(await counterOf(database)).toBe(1)
    await attempt(1)
    expect(await counterOf(database)).toBe(12)
  })

  test('calls that await one another let the event loop turn', async () => {
    const database = connect()
    const state = { fired: false }
    setTimeout(() => (state.fired = true), 0)
    let calls = 0
    while (!state.fired && calls < 1_000_000) {
      await database.ping()
      calls += 1
    }
    expect(state.fired).toBe(true)
  })
})

describe('the pool over a SQLite file', () => {
  test('opens no more connections than size plus overflow, and serves every call', async () => {
    const database = connect({ poolSize: 2, maxOverflow: 1, poolTimeoutSeconds: 60 })
    let most = 0
    await Promise.all(
      Array.from({ length: 50 }, () =>
        database.transaction(
          async () => {
            most = Math.max(most, database.poolHealth().open)
            await new Promise((resolve) => setImmediate(resolve))
          },
          { readOnly: true, timeoutMs: 60_000 },
        ),
      ),
    )
    expect(most).toBe(3)
    expect(database.poolHealth()).toMatchObject({ waiting: 0, max: 3 })
  })

  test('refuses after the waiting time when all connections are taken, and serves again', async () => {
    const database = connect({ poolSize: 1, maxOverflow: 0, poolTimeoutSeconds: 0.1 })
    const held = signal()
    const release = signal()
    const holder = database.transaction(async () => {
      held.send()
      await release.promise
    })
    await held.promise
    expect(await failureOf(database.ping())).toBeInstanceOf(UnavailableError)
    release.send()
    await holder
    await database.ping()
  })

  test('a transaction that outlasts its time is rolled back and frees the lock', async () => {
    const database = connect()
    const attempt = database.transaction(
      async (tx) => {
        await tx.execute(sql`insert into words values ('late')`)
        await new Promise(() => {})
      },
      { timeoutMs: 60 },
    )
    expect(await failureOf(attempt)).toMatchObject({ code: 'statement-timeout' })
    await countUp(database)
    expect(await wordsIn(database)).toEqual([])
  })

  test('close lets a transaction finish, and refuses what comes later', async () => {
    const database = connect()
    const begun = signal()
    const goOn = signal()
    const work = database.transaction(async (tx) => {
      begun.send()
      await goOn.promise
      await tx.execute(sql`insert into words values ('finished')`)
    })
    await begun.promise
    const closed = database.close()
    goOn.send()
    await Promise.all([work, closed])
    expect(await failureOf(database.ping())).toBeInstanceOf(UnavailableError)
    expect(await wordsIn(connect())).toEqual(['finished'])
  })

  test('close ends a transaction that does not finish, and one that waits for its lock', async () => {
    const database = connect({ closeTimeoutMs: 60 })
    const begun = signal()
    const holder = failureOf(
      database.transaction(async (tx) => {
        await tx.execute(sql`insert into words values ('unfinished')`)
        begun.send()
        await new Promise(() => {})
      }),
    )
    await begun.promise
    const waiting = failureOf(countUp(database))
    await database.close()
    expect(await holder).toBeInstanceOf(UnavailableError)
    expect(await waiting).toBeInstanceOf(UnavailableError)
    const next = connect()
    expect(await wordsIn(next)).toEqual([])
    await countUp(next)
  })
})

describe('a database in memory', () => {
  const memory = () => connect({}, 'sqlite::memory:')

  test('belongs to one handle and has one connection', async () => {
    const [first, second] = [memory(), memory()]
    await first.execute(sql`create table words (word text)`)
    expect(await failureOf(second.execute(sql`select * from words`))).toMatchObject({ code: 'unknown' })
    expect(first.poolHealth()).toMatchObject({ open: 1, max: 1 })
  })

  test('outlives its connections: a transaction that outlasts its time, and more shapes of statements than one keeps', async () => {
    const database = memory()
    await database.execute(sql`create table words (word text); insert into words values ('kept')`)
    const attempt = database.transaction(
      async (tx) => {
        await tx.execute(sql`insert into words values ('late')`)
        await new Promise(() => {})
      },
      { timeoutMs: 60 },
    )
    expect(await failureOf(attempt)).toMatchObject({ code: 'statement-timeout' })
    for (let shape = 0; shape < 300; shape++) {
      for (let use = 0; use < 2; use++) await database.execute(sql`select ${use} as ${sql.identifier(`shape${shape}`)}`)
    }
    expect(await wordsIn(database)).toEqual(['kept'])
  })

  test('takes writes again after a read-only transaction that outlasted its time', async () => {
    const database = memory()
    await database.execute(sql`create table words (word text)`)
    const attempt = database.transaction(() => new Promise(() => {}), { timeoutMs: 60, readOnly: true })
    expect(await failureOf(attempt)).toMatchObject({ code: 'statement-timeout' })
    await database.execute(sql`insert into words values ('written')`)
    expect(await wordsIn(database)).toEqual(['written'])
  })

  test('is gone when its handle is closed', async () => {
    const database = memory()
    await database.execute(sql`create table words (word text)`)
    await database.close()
    expect(await failureOf(database.ping())).toBeInstanceOf(UnavailableError)
  })
})
