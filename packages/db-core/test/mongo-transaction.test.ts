import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ConflictError, SerializationError, StatementTimeoutError, UnsupportedError } from '../src/errors/repository-error.ts'
import { defineCollection, MongoRepository, stringKey, translateMongoErrors, type MongoTransaction } from '../src/mongo/index.ts'
import { outsideTransaction, runUnitOfWork } from '../src/repository/unit-of-work.ts'
import { failureOf, settledIn, useMongo } from './support/mongo.ts'

const accounts = defineCollection({ name: 'accounts', schema: z.object({ ...stringKey(), balance: z.int().min(0) }) })

describe('a transaction on MongoDB', () => {
  const fixture = useMongo([accounts])
  const repository = () => new MongoRepository(fixture.database, accounts)
  beforeEach(async () => {
    await fixture.database.driver.collection('accounts').deleteMany({})
    await repository().createMany([
      { id: 'a', balance: 10 },
      { id: 'b', balance: 0 },
    ])
  })
  const balances = async () => (await repository().getMany(['a', 'b'])).map((row) => row.balance)
  const move = async (tx: MongoTransaction, amount: number) => {
    await repository().increment('a', { balance: -amount }, { tx })
    await repository().increment('b', { balance: amount }, { tx })
  }

  it('commits when its work returns, and gives back what the work gave', async () => {
    expect(await fixture.database.transaction(async (tx) => (await move(tx, 4), 'done'))).toBe('done')
    expect(await balances()).toEqual([6, 4])
  })

  it('rolls back when its work throws, and throws that very error', async () => {
    const reason = new Error('no')
    const failed = fixture.database.transaction(async (tx) => {
      await move(tx, 4)
      throw reason
    })
    expect(await failureOf(failed)).toBe(reason)
    expect(await balances()).toEqual([10, 0])
  })

  it('reads one snapshot: what others commit meanwhile is not seen', async () => {
    await fixture.database.transaction(async (tx) => {
      const before = await repository().get('a', { tx })
      await outsideTransaction(() => repository().update('a', { balance: 99 }))
      expect(await repository().get('a', { tx })).toEqual(before)
    })
  })

  it('runs again as a whole when it met another one', async () => {
    const attempts: number[] = []
    const meet = Promise.withResolvers<void>()
    const increment = (name: number, beforeWrite: () => Promise<void>) =>
      fixture.database.transaction(async (tx) => {
        attempts.push(name)
        const { balance } = await repository().get('a', { tx })
        await beforeWrite()
        await repository().update('a', { balance: balance + 1 }, { tx })
      })
    const slow = increment(1, () => meet.promise)
    const quick = increment(2, async () => {})
    await quick
    meet.resolve()
    await slow
    expect((await repository().get('a')).balance).toBe(12)
    expect(attempts.filter((name) => name === 1)).toHaveLength(2)
  })

  it('loses no update among forty that compete', async () => {
    const work = async (tx: MongoTransaction) => {
      const { balance } = await repository().get('b', { tx })
      await repository().update('b', { balance: balance + 1 }, { tx })
    }
    const runs = Array.from({ length: 40 }, () => fixture.database.transaction(work, { retries: 60, timeoutMs: 20_000 }))
    await Promise.all(runs)
    expect((await repository().get('b')).balance).toBe(40)
  })

  it('gives up after the retries it was allowed, with nothing done', async () => {
    let attempts = 0
    const failed = fixture.database.transaction(
      async (tx) => {
        attempts += 1
        await repository().get('a', { tx })
        await outsideTransaction(() => repository().increment('a', { balance: 1 }))
        await repository().increment('a', { balance: 1 }, { tx })
      },
      { retries: 2 },
    )
    expect(await failureOf(failed)).toBeInstanceOf(SerializationError)
    expect(attempts).toBe(3)
    expect((await repository().get('a')).balance).toBe(13)
  })

  it('translates a duplicate key inside and leaves the pool in order', async () => {
    const failed = fixture.database.transaction((tx) => repository().create({ id: 'a', balance: 1 }, { tx }))
    const error = await failureOf(failed)
    expect(error).toBeInstanceOf(ConflictError)
    expect(error).toMatchObject({ fields: ['id'] })
    expect(await fixture.database.health()).toMatchObject({ ok: true, pool: { waiting: 0 } })
  })

  it('runs calls of one transaction one after the other, also when they are started at once', async () => {
    await fixture.database.transaction(async (tx) => {
      await Promise.all(Array.from({ length: 10 }, (_, index) => repository().create({ id: `p${index}`, balance: index }, { tx })))
    })
    expect(await repository().count({ id: { startsWith: 'p' } })).toBe(10)
  })

  it('serves custom queries through its session', async () => {
    const failed = fixture.database.transaction(async (tx) => {
      await translateMongoErrors(() =>
        fixture.database.collection(accounts).updateOne({ _id: 'a' }, { $inc: { balance: 5 } }, { session: tx.session }),
      )
      throw new Error('no')
    })
    await failureOf(failed)
    expect(await balances()).toEqual([10, 0])
  })

  it('runs work for after the commit once, outside the transaction, and not after a rollback', async () => {
    const calls: string[] = []
    await fixture.database.transaction(async (tx) => {
      tx.afterCommit(async () => {
        await fixture.database.transaction(async (inner) => void (await repository().increment('b', { balance: 1 }, { tx: inner })))
        calls.push('one')
      })
      tx.afterCommit(() => {
        throw new Error('ignored')
      })
      tx.afterCommit(() => void calls.push('two'))
      expect(calls).toEqual([])
    })
    expect(calls).toEqual(['one', 'two'])
    await failureOf(
      fixture.database.transaction(async (tx) => {
        tx.afterCommit(() => void calls.push('never'))
        throw new Error('no')
      }),
    )
    expect(calls).toEqual(['one', 'two'])
  })

  it('cannot be nested, nor opened inside a transaction of another store, nor joined by another database', async () => {
    const { database } = fixture
    expect(await failureOf(database.transaction(() => database.transaction(async () => {})))).toBeInstanceOf(UnsupportedError)
    expect(await failureOf(runUnitOfWork({}, 'postgres', () => database.transaction(async () => {})))).toBeInstanceOf(UnsupportedError)
    expect(await failureOf(runUnitOfWork({}, 'postgres', () => repository().find('a')))).toBeInstanceOf(UnsupportedError)
    const other = new MongoRepository(fixture.connect(), accounts)
    expect(await failureOf(database.transaction((tx) => other.find('a', { tx })))).toBeInstanceOf(UnsupportedError)
  })

  it('refuses what MongoDB has not: serializable isolation and read-only transactions', async () => {
    expect(await failureOf(fixture.database.transaction(async () => {}, { isolation: 'serializable' }))).toBeInstanceOf(UnsupportedError)
    expect(await failureOf(fixture.database.transaction(async () => {}, { readOnly: true }))).toBeInstanceOf(UnsupportedError)
  })

  it('ends at its deadline, and a call that comes later finds it closed', async () => {
    const late = Promise.withResolvers<unknown>()
    const run = fixture.database.transaction(
      async (tx) => {
        await repository().increment('a', { balance: 1 }, { tx })
        await new Promise((resolve) => tx.signal.addEventListener('abort', resolve))
        late.resolve(await failureOf(repository().increment('a', { balance: 1 }, { tx })))
      },
      { timeoutMs: 200 },
    )
    expect(await settledIn(run)).toBeLessThan(1500)
    expect(await failureOf(run)).toBeInstanceOf(StatementTimeoutError)
    expect(await late.promise).toBeInstanceOf(StatementTimeoutError)
    expect(await balances()).toEqual([10, 0])
  })

  it('cannot be used after its end', async () => {
    const kept: MongoTransaction[] = []
    await fixture.database.transaction(async (tx) => void kept.push(tx))
    const [tx] = kept
    expect(await failureOf(repository().find('a', { tx }))).toBeInstanceOf(UnsupportedError)
  })
})
