import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { cached } from '../src/cache/index.ts'
import { runInTenant, unscoped } from '../src/mixins/tenant.ts'
import { outsideTransaction } from '../src/repository/unit-of-work.ts'
import { connectPostgres, SqlRepository } from '../src/sql/index.ts'
import { GatedNotes, memos, newNote, useCachedNotes, type CachedNotes, type Note } from './support/cached-notes.ts'
import { startFaultProxy } from './support/fault-proxy.ts'
import { failureOf } from './support/postgres.ts'

const open = useCachedNotes()
let url: CachedNotes['url']
let notes: CachedNotes['notes']
let source: CachedNotes['source']
let database: CachedNotes['database']
let statements: CachedNotes['statements']
beforeEach(() => {
  ;({ url, notes, source, database, statements } = open())
})

const writes: Readonly<Record<string, (row: Note) => Promise<unknown>>> = {
  create: () => notes.create(newNote()),
  createMany: () => notes.createMany([newNote(), newNote()]),
  'createMany, each for itself': ({ title }) => notes.createMany([newNote(), { title, stars: 1 }], { atomic: false }),
  update: ({ id }) => notes.update(id, { stars: 5 }),
  updateMany: ({ id }) => notes.updateMany({ id: { eq: id } }, { stars: 5 }),
  upsert: ({ title }) => notes.upsert({ title, stars: 5 }, ['title']),
  upsertMany: ({ title }) => notes.upsertMany([{ title, stars: 5 }, newNote()], ['title']),
  increment: ({ id }) => notes.increment(id, { stars: 5 }),
  delete: ({ id }) => notes.delete(id),
  deleteMany: ({ id }) => notes.deleteMany({ id: { eq: id } }),
  softDelete: ({ id }) => notes.softDelete(id),
  restore: async ({ id }) => {
    await source.delete(id)
    await notes.restore(id)
  },
  purge: ({ id }) => notes.purge(id),
  'invalidate, after a write past the cache': async ({ id }) => {
    await source.update(id, { stars: 7 })
    await notes.invalidate([id])
  },
  'invalidate of any row': async ({ id }) => {
    await source.update(id, { stars: 8 })
    await notes.invalidate('any')
  },
}

describe('writes', () => {
  it.each(Object.keys(writes))('%s is seen by every read that follows', async (name) => {
    const row = await notes.create(newNote())
    const view = async () => [await notes.find(row.id), await notes.list({}, { scope: 'all' }), await notes.count(), await notes.list()]
    await view()
    await view()
    await writes[name]?.(row)
    expect(await view()).toEqual([
      await source.find(row.id),
      await source.list({}, { scope: 'all' }),
      await source.count(),
      await source.list(),
    ])
  })

  it('leave other rows known, unless it is not known which they changed', async () => {
    const [one, other] = await notes.createMany([newNote(), newNote()])
    const readOther = async (): Promise<number> => {
      statements()
      await notes.get(other?.id ?? '')
      return statements()
    }
    await readOther()
    await notes.update(one?.id ?? '', { stars: 1 })
    expect(await readOther()).toBe(0)
    await notes.updateMany({ stars: { eq: 99 } }, { stars: 1 })
    expect(await readOther()).toBe(0)
    await notes.updateMany({ stars: { eq: 1 } }, { stars: 2 })
    expect(await readOther()).toBe(1)
  })

  it('that are refused leave everything known', async () => {
    const [one, two] = await notes.createMany([newNote(), newNote()])
    if (!one || !two) throw new Error('two rows were created')
    await notes.get(one.id)
    await notes.list()
    expect(await failureOf(notes.update(one.id, { title: two.title }))).toMatchObject({ code: 'conflict' })
    expect(await failureOf(notes.update(one.id, { stars: 1 }, { version: 9 }))).toMatchObject({ code: 'stale-version' })
    statements()
    expect(await notes.get(one.id)).toEqual(one)
    expect(await notes.list()).toHaveLength(2)
    expect(statements()).toBe(0)
  })

  it('whose outcome is unknown are looked up', async () => {
    const proxy = await startFaultProxy(url)
    onTestFinished(() => proxy.close())
    const handle = connectPostgres(proxy.url)
    onTestFinished(() => handle.close())
    const behindFault = new GatedNotes(handle)
    const shaky = cached(behindFault, { ttlMs: 60_000 })
    const { id } = await shaky.create(newNote())
    await shaky.update(id, { title: 'answered' })
    expect((await shaky.get(id)).title).toBe('answered')
    proxy.loseAnswerTo('unanswered')
    await failureOf(shaky.update(id, { title: 'unanswered' }))
    expect((await shaky.get(id)).title).toBe('unanswered')
  })
})

describe('transactions', () => {
  it('change what is known when they commit, and not before', async () => {
    const { id } = await notes.create(newNote())
    await notes.get(id)
    await notes.list()
    await database.transaction(async (tx) => {
      await notes.update(id, { stars: 1 }, { tx })
      expect((await notes.get(id, { tx })).stars).toBe(1)
      statements()
      expect((await outsideTransaction(() => notes.get(id))).stars).toBe(0)
      expect(await outsideTransaction(() => notes.list())).toMatchObject([{ stars: 0 }])
      expect(statements()).toBe(0)
    })
    expect((await notes.get(id)).stars).toBe(1)
    expect(await notes.list()).toMatchObject([{ stars: 1 }])
  })

  it('that are rolled back change nothing that is known', async () => {
    const { id } = await notes.create(newNote())
    await notes.get(id)
    await notes.list()
    const failure = new Error('undone')
    const undone = database.transaction(async (tx) => {
      await notes.update(id, { stars: 1 }, { tx })
      await notes.updateMany({ stars: { gte: 0 } }, { stars: 2 }, { tx })
      await notes.create(newNote(), { tx })
      await notes.invalidate('any', { tx })
      throw failure
    })
    await expect(undone).rejects.toBe(failure)
    statements()
    expect((await notes.get(id)).stars).toBe(0)
    expect(await notes.list()).toMatchObject([{ stars: 0 }])
    expect(statements()).toBe(0)
  })

  it('commit what a savepoint kept, and what it undid does no harm', async () => {
    const [one, two] = await notes.createMany([newNote(), newNote()])
    if (!one || !two) throw new Error('two rows were created')
    await notes.getMany([one.id, two.id])
    await database.transaction(async (tx) => {
      await tx.transaction((inner) => notes.update(one.id, { stars: 1 }, { tx: inner }))
      const undone = tx.transaction(async (inner) => {
        await notes.update(two.id, { stars: 2 }, { tx: inner })
        throw new Error('undone')
      })
      await failureOf(undone)
    })
    expect((await notes.getMany([one.id, two.id])).map(({ stars }) => stars)).toEqual([1, 0])
  })
})

describe('a read that is overtaken by a write', () => {
  it.each<[string, (id: string) => Promise<unknown>]>([
    ['row', (id) => notes.get(id)],
    ['list', () => notes.list()],
    ['only match', () => notes.findOne({ stars: { lt: 99 } })],
  ])('answers its caller, and what it read is not kept: %s', async (_name, read) => {
    const { id } = await notes.create(newNote())
    const gate = source.holdNext()
    const old = read(id)
    await gate.reached
    await notes.update(id, { stars: 1 })
    gate.open()
    expect(JSON.stringify(await old)).toContain('"stars":0')
    expect(JSON.stringify(await read(id))).toContain('"stars":1')
    expect(notes.cache.metrics).toMatchObject({ discarded: 1, joined: 0 })
  })

  it('is not joined by those who ask after the write', async () => {
    const { id } = await notes.create(newNote())
    const gate = source.holdNext()
    const before = notes.get(id)
    const joined = notes.get(id)
    await gate.reached
    await notes.update(id, { stars: 1 })
    const after = await notes.get(id)
    gate.open()
    expect([(await before).stars, (await joined).stars, after.stars]).toEqual([0, 0, 1])
    expect((await notes.get(id)).stars).toBe(1)
  })

  it('of a transaction is not kept either, when the commit comes first', async () => {
    const { id } = await notes.create(newNote())
    const gate = source.holdNext()
    const old = await database.transaction(async (tx) => {
      const reading = outsideTransaction(() => notes.get(id))
      await gate.reached
      await notes.update(id, { stars: 1 }, { tx })
      return { reading }
    })
    gate.open()
    expect((await old.reading).stars).toBe(0)
    expect((await notes.get(id)).stars).toBe(1)
  })

  it('that fails fails those who wait for it, and nobody after', async () => {
    const failing = new (class extends GatedNotes {
      failures = 1
      override async find(...call: Parameters<GatedNotes['find']>): Promise<Note | undefined> {
        const row = await super.find(...call)
        if (this.failures-- > 0) throw new Error('lost on the way')
        return row
      }
    })(database)
    const repository = cached(failing, { ttlMs: 60_000 })
    const { id } = await repository.create(newNote())
    const outcomes = await Promise.allSettled([repository.get(id), repository.get(id), repository.find(id)])
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
    expect((await repository.get(id)).id).toBe(id)
  })
})

describe('tenants', () => {
  it('have their own rows and lists, and a write of one leaves those of another known', async () => {
    const repository = cached(new SqlRepository(database, memos, { joinReads: false }), { ttlMs: 60_000 })
    const inA = <Result>(work: () => Promise<Result>) => runInTenant('a', work)
    const inB = <Result>(work: () => Promise<Result>) => runInTenant('b', work)
    const inAll = <Result>(work: () => Promise<Result>) => unscoped('to compare', work, () => {})
    const { id } = await inA(() => repository.create({ title: 'of a' }))
    const titles = async () => (await repository.list()).map(({ title }) => title)
    expect(await inA(titles)).toEqual(['of a'])
    expect(await inB(titles)).toEqual([])
    expect(await inAll(titles)).toEqual(['of a'])
    expect((await inA(() => repository.find(id)))?.title).toBe('of a')
    expect(await inB(() => repository.find(id))).toBeUndefined()
    expect(await failureOf(repository.find(id))).toMatchObject({ code: 'invalid-value' })
    expect(await failureOf(repository.list())).toMatchObject({ code: 'invalid-value' })

    await inB(() => repository.create({ title: 'of b' }))
    statements()
    expect(await inA(titles)).toEqual(['of a'])
    expect(statements()).toBe(0)
    expect(await inB(titles)).toEqual(['of b'])
    expect((await inAll(titles)).toSorted()).toEqual(['of a', 'of b'])

    await inAll(() => repository.updateMany({ title: { startsWith: 'of' } }, { title: 'of all' }))
    expect([await inA(titles), await inB(titles), await inAll(titles)]).toEqual([['of all'], ['of all'], ['of all', 'of all']])
    expect((await inA(() => repository.get(id))).title).toBe('of all')

    await database.transaction((tx) => inA(() => repository.update(id, { title: 'by a' }, { tx })))
    expect([await inA(titles), await inB(titles)]).toEqual([['by a'], ['of all']])
    expect((await inAll(() => repository.get(id))).title).toBe('by a')
  })
})
