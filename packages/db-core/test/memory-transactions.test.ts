import { integer, pgTable, text, uniqueIndex } from 'drizzle-orm/pg-core'
import { describe, expect, it, vi } from 'vitest'
import { outsideTransaction } from '../src/index.ts'
import { MemoryDatabase, memoryRepository } from '../src/memory/index.ts'
import { identityKey, uuidKey, versioned } from '../src/sql/index.ts'

const accounts = pgTable(
  'accounts',
  { ...identityKey(), email: text('email').notNull(), balance: integer('balance').notNull().default(0), ...versioned() },
  (table) => [uniqueIndex('accounts_email').on(table.email)],
)
const groups = pgTable('groups', { ...uuidKey(), name: text('name').notNull().unique() })
const members = pgTable('members', { ...uuidKey(), groupName: text('group_name').references(() => groups.name) })

function open() {
  const database = new MemoryDatabase()
  return { database, accounts: memoryRepository(database, accounts) }
}

describe('transactions of the memory store', () => {
  it('of two that change one row, the first to commit wins and the other is tried again', async () => {
    const { database, accounts: repository } = open()
    const { id } = await repository.create({ email: 'a' })
    const pay = (amount: number, retries: number) =>
      database.transaction(
        async (tx) => {
          const { balance } = await repository.get(id, { tx })
          await Promise.resolve()
          await repository.update(id, { balance: balance + amount }, { tx })
        },
        { retries },
      )
    await Promise.all(Array.from({ length: 20 }, () => pay(5, 1)))
    expect(await repository.get(id)).toMatchObject({ balance: 100, version: 21 })
    const outcomes = await Promise.allSettled([pay(1, 0), pay(1, 0)])
    expect(outcomes[1]).toMatchObject({ status: 'rejected', reason: { code: 'serialization', retryable: true } })
    expect(await repository.get(id)).toMatchObject({ balance: 101 })
  })

  it('that take one unique value end as a conflict, for the second sees the first when it is tried again', async () => {
    const { database, accounts: repository } = open()
    const take = () =>
      database.transaction(async (tx) => {
        await repository.create({ email: 'same' }, { tx })
        await Promise.resolve()
      })
    const outcomes = await Promise.allSettled([take(), take()])
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
    expect(outcomes[1]).toMatchObject({ reason: { code: 'conflict', fields: ['email'] } })
  })

  it('are rolled back by a statement that was refused, even when its error is caught', async () => {
    const { database, accounts: repository } = open()
    await repository.create({ email: 'taken' })
    const attempt = database.transaction(async (tx) => {
      await repository.create({ email: 'new' }, { tx })
      await repository.create({ email: 'taken' }, { tx }).catch(() => {})
    })
    await expect(attempt).rejects.toMatchObject({ code: 'conflict' })
    const careless = database.transaction(async (tx) => {
      await repository.create({ email: 'taken' }, { tx }).catch(() => {})
      await repository.count({}, { tx })
    })
    await expect(careless).rejects.toMatchObject({ code: 'unknown' })
    expect(await repository.count()).toBe(1)
  })

  it('are undone to their savepoint, row by row', async () => {
    const { database, accounts: repository } = open()
    const [kept, changed, removed] = await repository.createMany(['a', 'b', 'c'].map((email) => ({ email })))
    await database.transaction(async (tx) => {
      await repository.update(kept?.id ?? 0, { balance: 1 }, { tx })
      const nested = tx.transaction(async (inner) => {
        await repository.update(changed?.id ?? 0, { email: 'x' }, { tx: inner })
        await repository.purge(removed?.id ?? 0, { tx: inner })
        await repository.create({ email: 'c' }, { tx: inner })
        throw new Error('taken back')
      })
      await expect(nested).rejects.toThrow('taken back')
      await repository.create({ email: 'x' }, { tx })
    })
    expect((await repository.list()).map(({ email, balance }) => [email, balance])).toEqual([
      ['a', 1],
      ['b', 0],
      ['c', 0],
      ['x', 0],
    ])
  })

  it('keep their rows while others write, and hold up nobody', async () => {
    const { database, accounts: repository } = open()
    const { id } = await repository.create({ email: 'a' })
    await database.transaction(async (tx) => {
      expect(await repository.get(id, { tx })).toMatchObject({ balance: 0 })
      await outsideTransaction(() => repository.update(id, { balance: 7 }))
      expect(await repository.get(id, { tx })).toMatchObject({ balance: 0 })
      await repository.create({ email: 'b' }, { tx })
    })
    expect((await repository.list()).map(({ balance }) => balance)).toEqual([7, 0])
  })

  it('of another memory database are refused', async () => {
    const [one, other] = [open(), open()]
    await one.database.transaction(async (tx) => {
      await expect(other.accounts.count({}, { tx })).rejects.toMatchObject({ code: 'unsupported' })
    })
  })

  it('end before a broken reference of two that crossed', async () => {
    const database = new MemoryDatabase()
    const targets = memoryRepository(database, groups)
    const rows = memoryRepository(database, members)
    const { id } = await targets.create({ name: 'red' })
    const join = database.transaction(async (tx) => {
      await rows.create({ groupName: 'red' }, { tx })
      await outsideTransaction(() => targets.purge(id).catch(() => {}))
    })
    await expect(join).rejects.toMatchObject({ code: 'foreign-key' })
    expect(await rows.count()).toBe(0)
  })
})

describe('a memory database', () => {
  it('answers for its health, and is of no use once it is closed', async () => {
    const { database, accounts: repository } = open()
    await database.ping()
    expect(await database.health()).toMatchObject({ ok: true })
    await repository.create({ email: 'a' })
    database.clear()
    expect(await repository.count()).toBe(0)
    await database.close()
    expect(await database.health()).toMatchObject({ ok: false })
    for (const call of [
      () => database.ping(),
      () => repository.count(),
      () => repository.create({ email: 'b' }),
      () => database.transaction(async () => {}),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'unavailable' })
    }
  })

  it('needs no real time to pass', async () => {
    vi.useFakeTimers()
    try {
      const { database, accounts: repository } = open()
      const add = () => database.transaction((tx) => repository.create({ email: String(Math.random()) }, { tx }))
      await Promise.all([add(), add()])
      expect(vi.getTimerCount()).toBe(0)
      expect(await repository.count()).toBe(2)
    } finally {
      vi.useRealTimers()
    }
  })
})
