import { sql } from 'drizzle-orm'
import { beforeEach, expect, test } from 'vitest'
import { LockTimeoutError, SerializationError, UnsupportedError } from '../src/errors/repository-error.ts'
import { outsideTransaction } from '../src/repository/unit-of-work.ts'
import type { MysqlDatabase, MysqlTransaction } from '../src/sql/mysql/index.ts'
import { describeMysql, useMysql } from './support/mysql.ts'
import { failureOf, signal } from './support/postgres.ts'

const ddl = `
  drop table if exists ghosts; create table ghosts (round int);
  drop table if exists held; create table held (id int primary key, n int); insert into held values (1, 0), (2, 0)`

describeMysql('a transaction of MySQL that the server or its own callback ends', () => {
  const { connect } = useMysql()
  let control: MysqlDatabase

  beforeEach(async () => {
    control = connect({ poolSize: 2, maxOverflow: 0 })
    await control.execute(sql.raw(ddl))
  })

  const ghosts = async () => Number((await control.execute(sql`select count(*) as n from ghosts`))[0]?.n)
  const haunt = (target: MysqlTransaction | MysqlDatabase, round: number) => target.execute(sql`insert into ghosts values (${round})`)
  const raise = (tx: MysqlTransaction, id: number) => tx.execute(sql`update held set n = n + 1 where id = ${id}`)

  /** Two transactions, each with one row locked, that then ask for the row of the other by `crossOver`; one of them must lose. */
  async function deadlock(crossOver: (tx: MysqlTransaction, id: number) => Promise<unknown>): Promise<PromiseSettledResult<void>[]> {
    const database = connect({ poolSize: 2, maxOverflow: 0 })
    const locked = { one: signal(), two: signal() }
    const crossing = (own: number, mine: { send: () => void }, theirs: Promise<void>) =>
      database.transaction(
        async (tx) => {
          await haunt(tx, own)
          await raise(tx, own)
          mine.send()
          await theirs
          await crossOver(tx, 3 - own)
          await haunt(tx, own)
        },
        { retries: 0 },
      )
    return await Promise.allSettled([
      crossing(1, locked.one, locked.two.promise),
      outsideTransaction(() => crossing(2, locked.two, locked.one.promise)),
    ])
  }

  test('a row that is held too long is LockTimeout, and the transaction is good for nothing after it', async () => {
    const database = connect({ poolSize: 2, maxOverflow: 0, lockTimeoutMs: 1000 })
    const failure = database.transaction(async (holder) => {
      await holder.execute(sql`select * from held where id = 1 for update`)
      return await outsideTransaction(() =>
        database.transaction(async (tx) => {
          await haunt(tx, 1)
          await tx.execute(sql`update held set n = n + 1 where id = ${1}`).catch(() => {})
          await haunt(tx, 2)
        }),
      )
    })
    expect(await failureOf(failure)).toBeInstanceOf(LockTimeoutError)
    expect(await ghosts()).toBe(0)
  })

  test('a deadlock ends the transaction: nothing that its callback does after it is kept, caught or not', async () => {
    const outcomes = await deadlock((tx, id) => raise(tx, id).catch((error: unknown) => expect(error).toBeInstanceOf(SerializationError)))
    const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
    expect(failures).toEqual([expect.any(SerializationError)])
    expect(await ghosts()).toBe(2)
    expect(await control.execute(sql`select sum(n) as n from held`)).toEqual([{ n: '2' }])
  })

  test('a deadlock inside a savepoint undoes the whole transaction, not the savepoint alone', async () => {
    const outcomes = await deadlock((tx, id) => tx.transaction((inner) => raise(inner, id)).catch(() => {}))
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(1)
    expect(await ghosts()).toBe(2)
  })

  test('a deadlock is tried again by the outermost owner, and then both transactions stand', async () => {
    const database = connect({ poolSize: 2, maxOverflow: 0 })
    const crossing = (first: number) =>
      database.transaction(async (tx) => {
        await tx.execute(sql`update held set n = n + 1 where id = ${first}`)
        await tx.execute(sql`update held set n = n + 1 where id = ${3 - first}`)
      })
    await Promise.all(Array.from({ length: 20 }, (_, n) => outsideTransaction(() => crossing(1 + (n % 2)))))
    expect(await control.execute(sql`select n from held`)).toEqual([{ n: 20 }, { n: 20 }])
  })

  test.each([
    ['commit', 'commit'],
    ['rollback', 'rollback'],
    ['another begin', 'start transaction'],
    ['begin in a script', 'select 1; begin'],
    ['DDL, which commits', 'create table made_inside (n int)'],
  ])('a transaction is not ended by a statement: %s', async (_name, text) => {
    const database = connect({ poolSize: 1, maxOverflow: 0 })
    const failure = failureOf(
      database.transaction(async (tx) => {
        await tx.execute(sql.raw(text))
        await haunt(tx, 1)
      }),
    )
    expect(await failure).toBeInstanceOf(UnsupportedError)
    expect(await ghosts()).toBe(0)
    await control.execute(sql.raw('drop table if exists made_inside'))
    await database.ping()
  })
})
