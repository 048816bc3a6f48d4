import { sql } from 'drizzle-orm'
import { beforeEach, describe, expect, test } from 'vitest'
import { ConflictError, SerializationError, StatementTimeoutError, UnsupportedError } from '../src/errors/repository-error.ts'
import type { PostgresDatabase, SqlTransaction } from '../src/sql/index.ts'
import { drivers, failureOf, signal, useDatabase } from './support/postgres.ts'

describe.each(drivers)('a transaction by %s', (driver) => {
  const { connect } = useDatabase()
  let database: PostgresDatabase

  beforeEach(async () => {
    database = connect({ driver, poolSize: 4, maxOverflow: 0 })
    await database.execute(sql`drop table if exists notes; create table notes (id int primary key, body text)`)
  })

  const write = (target: PostgresDatabase | SqlTransaction, id: number, body = 'x') =>
    target.execute(sql`insert into notes values (${id}, ${body})`)
  const ids = async () => (await database.execute<{ id: number }>(sql`select id from notes order by id`)).map(({ id }) => id)

  test('commits when its work returns, and gives its result', async () => {
    expect(
      await database.transaction(async (tx) => {
        await write(tx, 1)
        return 'done'
      }),
    ).toBe('done')
    expect(await ids()).toEqual([1])
  })

  test('rolls back when its work throws, and throws the same', async () => {
    const reason = new Error('no')
    const failure = await failureOf(
      database.transaction(async (tx) => {
        await write(tx, 1)
        throw reason
      }),
    )
    expect(failure).toBe(reason)
    expect(await ids()).toEqual([])
  })

  test('a failed statement that was caught still rolls back, and says why', async () => {
    const failure = await failureOf(
      database.transaction(async (tx) => {
        await write(tx, 1)
        await write(tx, 1).catch(() => {})
      }),
    )
    expect(failure).toBeInstanceOf(ConflictError)
    expect(await ids()).toEqual([])
  })

  test('a statement that nobody awaits runs inside or fails the whole', async () => {
    await database.transaction(async (tx) => void write(tx, 1))
    expect(await ids()).toEqual([1])
    const failure = await failureOf(
      database.transaction(async (tx) => {
        void write(tx, 2)
        void write(tx, 1)
      }),
    )
    expect(failure).toBeInstanceOf(ConflictError)
    expect(await ids()).toEqual([1])
  })

  test('statements started together run in the order in which they were started', async () => {
    await database.transaction(async (tx) => {
      await Promise.all([1, 2, 3, 4, 5].map((id) => write(tx, id)))
      expect(await tx.execute(sql`select count(*)::int as n from notes`)).toEqual([{ n: 5 }])
    })
  })

  test('a savepoint undoes its own part only, at any depth', async () => {
    await database.transaction(async (tx) => {
      await write(tx, 1)
      const inner = tx.transaction(async (nested) => {
        await write(nested, 2)
        await nested.transaction((deepest) => write(deepest, 3))
        await write(nested, 1)
      })
      expect(await failureOf(inner)).toBeInstanceOf(ConflictError)
      await tx.transaction((nested) => write(nested, 4))
    })
    expect(await ids()).toEqual([1, 4])
  })

  test('two nested transactions at once are refused', async () => {
    const failure = await failureOf(
      database.transaction(async (tx) => {
        await Promise.all([tx.transaction((nested) => write(nested, 1)), tx.transaction((nested) => write(nested, 2))])
      }),
    )
    expect(failure).toBeInstanceOf(UnsupportedError)
    expect(await ids()).toEqual([])
  })

  test('a transaction that is over refuses statements', async () => {
    let kept: SqlTransaction | undefined
    await database.transaction(async (tx) => void (kept = tx))
    if (kept) expect(await failureOf(write(kept, 1))).toBeInstanceOf(UnsupportedError)
    expect(await ids()).toEqual([])
  })

  test('a second unit of work inside the first is refused, of the same database and of another', async () => {
    const other = connect({ driver })
    expect(await failureOf(database.transaction(() => database.transaction((tx) => write(tx, 1))))).toBeInstanceOf(UnsupportedError)
    expect(await failureOf(database.transaction(() => other.transaction((tx) => write(tx, 1))))).toBeInstanceOf(UnsupportedError)
    expect(await failureOf(database.transaction(() => other.ping()))).toBeInstanceOf(UnsupportedError)
  })

  test('Drizzle cannot open a transaction behind the back of the pool', async () => {
    expect(await failureOf(database.drizzle.transaction(async () => {}))).toBeInstanceOf(UnsupportedError)
  })

  test('a read-only transaction refuses a write', async () => {
    expect(await failureOf(database.transaction((tx) => write(tx, 1), { readOnly: true }))).toBeInstanceOf(UnsupportedError)
  })

  test('write skew at serializable is tried again until it fits', async () => {
    await write(database, 1, 'free')
    await write(database, 2, 'free')
    let attempts = 0
    const meet = [signal(), signal()]
    const takeIfOtherFree = (own: 0 | 1) =>
      database.transaction(
        async (tx) => {
          attempts++
          const free = await tx.execute(sql`select id from notes where body = ${'free'}`)
          meet[own]?.send()
          await meet[1 - own]?.promise
          if (free.length === 2) await tx.execute(sql`update notes set body = ${'taken'} where id = ${own + 1}`)
        },
        { isolation: 'serializable' },
      )
    await Promise.all([takeIfOtherFree(0), takeIfOtherFree(1)])
    expect(await database.execute(sql`select count(*)::int as n from notes where body = 'free'`)).toEqual([{ n: 1 }])
    expect(attempts).toBe(3)
  })

  test('a deadlock is tried again, and without retries it is thrown', async () => {
    await write(database, 1)
    await write(database, 2)
    const cross = async (retries: number) => {
      const meet = [signal(), signal()]
      const update = (own: 0 | 1) =>
        database.transaction(
          async (tx) => {
            await tx.execute(sql`set local deadlock_timeout = '20ms'`)
            await tx.execute(sql`update notes set body = 'y' where id = ${own + 1}`)
            meet[own]?.send()
            await meet[1 - own]?.promise
            await tx.execute(sql`update notes set body = 'y' where id = ${2 - own}`)
          },
          { retries },
        )
      return Promise.allSettled([update(0), update(1)])
    }
    expect((await cross(3)).map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
    const failures = (await cross(0)).flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
    expect(failures).toEqual([expect.any(SerializationError)])
  })

  test('retries are bounded', async () => {
    let attempts = 0
    const work = async () => {
      attempts++
      throw new SerializationError('again')
    }
    expect(await failureOf(database.transaction(work, { retries: 2 }))).toBeInstanceOf(SerializationError)
    expect(attempts).toBe(3)
  })

  test('work for after the commit runs once, outside, and not after a rollback', async () => {
    const ran: string[] = []
    await database.transaction(async (tx) => {
      tx.afterCommit(() => void ran.push('outer'))
      tx.afterCommit(() => Promise.reject(new Error('a failing hook harms nobody')))
      tx.afterCommit(async () => void ran.push(`sees ${(await ids()).join()}`))
      await tx.transaction(async (nested) => nested.afterCommit(() => void ran.push('nested')))
      await failureOf(
        tx.transaction(async (nested) => {
          nested.afterCommit(() => void ran.push('undone'))
          await write(nested, 9)
          throw new Error('undo')
        }),
      )
      await write(tx, 1)
    })
    expect(ran).toEqual(['outer', 'sees 1', 'nested'])
    await failureOf(
      database.transaction(async (tx) => {
        tx.afterCommit(() => void ran.push('rolled back'))
        throw new Error('no')
      }),
    )
    expect(ran).toHaveLength(3)
  })

  test('an attempt that takes too long fails on time and leaves nothing', async () => {
    const work = async (tx: SqlTransaction) => {
      await write(tx, 1)
      await new Promise(() => {})
    }
    expect(await failureOf(database.transaction(work, { timeoutMs: 200 }))).toBeInstanceOf(StatementTimeoutError)
    expect(await ids()).toEqual([])
  })

  test.each(['commit', 'rollback', 'commit; select 1'])('a transaction ended by the statement "%s" runs nothing more', async (text) => {
    const failure = await failureOf(
      database.transaction(async (tx) => {
        await tx.execute(sql.raw(text)).catch(() => {})
        await write(tx, 1)
      }),
    )
    expect(failure).toBeInstanceOf(UnsupportedError)
    expect(await ids()).toEqual([])
  })
})
