import { beforeEach, describe, expect, it } from 'vitest'
import { cached, ReadCache } from '../src/cache/index.ts'
import { outsideTransaction } from '../src/repository/unit-of-work.ts'
import { SqlRepository } from '../src/sql/index.ts'
import { newNote, useCachedNotes, words, type CachedNotes, type Note } from './support/cached-notes.ts'
import { failureOf } from './support/postgres.ts'

const open = useCachedNotes()
let notes: CachedNotes['notes']
let source: CachedNotes['source']
let database: CachedNotes['database']
let statements: CachedNotes['statements']
beforeEach(() => {
  ;({ notes, source, database, statements } = open())
})

const reads: Readonly<Record<string, (row: Note) => Promise<unknown>>> = {
  find: ({ id }) => notes.find(id),
  get: ({ id }) => notes.get(id),
  getMany: ({ id }) => notes.getMany([id]),
  findOne: ({ title }) => notes.findOne({ title: { eq: title } }),
  getOne: ({ title }) => notes.getOne({ title: { eq: title } }),
  list: () => notes.list({ orderBy: [{ field: 'title', direction: 'asc' }] }),
  page: () => notes.page({ limit: 5 }),
  seek: () => notes.seek({ limit: 5 }),
  count: () => notes.count(),
  exists: ({ title }) => notes.exists({ title: { eq: title } }),
  selecting: ({ id }) => notes.selecting(['title']).get(id),
  including: ({ id }) => notes.including({}).get(id),
}

describe('reads', () => {
  it.each(Object.keys(reads))('%s asks the database once', async (name) => {
    const row = await notes.create(newNote({ at: new Date(5) }))
    const read = reads[name]
    statements()
    const first = await read?.(row)
    expect(statements()).toBeGreaterThan(0)
    expect(await read?.(row)).toEqual(first)
    expect(statements()).toBe(0)
  })

  it.each(['get', 'getMany', 'list', 'count'])('200 concurrent misses of %s are one statement', async (name) => {
    const row = await notes.create(newNote())
    statements()
    const answers = await Promise.all(Array.from({ length: 200 }, async () => reads[name]?.(row)))
    expect(statements()).toBe(1)
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
    expect(notes.cache.metrics).toMatchObject({ misses: 1, joined: 199, hits: 0 })
  })

  it('by id share what they know, and getMany asks for the rest alone', async () => {
    const [first, second, third] = await notes.createMany([newNote(), newNote(), newNote()])
    if (!first || !second || !third) throw new Error('three rows were created')
    await notes.get(first.id)
    await notes.find(second.id)
    statements()
    expect(await notes.getMany([third.id, second.id, first.id, third.id])).toEqual([third, second, first])
    expect(statements()).toBe(1)
    expect(await notes.get(third.id)).toEqual(third)
    expect(await notes.getMany([first.id, third.id])).toEqual([first, third])
    expect(statements()).toBe(0)
  })

  it('give copies: a caller cannot change what is known, and dates stay dates', async () => {
    const { id } = await notes.create(newNote({ at: new Date(5) }))
    const [mine, theirs] = await Promise.all([notes.get(id), notes.get(id)])
    mine.at?.setTime(9)
    Object.assign(mine, { title: 'changed' })
    expect(theirs.at).toEqual(new Date(5))
    expect(await notes.get(id)).toEqual(theirs)
    const [listed] = await notes.list()
    listed?.at?.setTime(9)
    expect(await notes.list()).toEqual([theirs])
  })

  it('do not mind what the caller does with the query afterwards', async () => {
    await notes.createMany([newNote({ stars: 1 }), newNote({ stars: 2 })])
    const stars = { eq: 1 }
    const asked = notes.list({ where: { stars } })
    stars.eq = 2
    expect(await asked).toMatchObject([{ stars: 1 }])
    expect(await notes.list({ where: { stars: { eq: 1 } } })).toMatchObject([{ stars: 1 }])
    expect(await notes.list({ where: { stars: { eq: 2 } } })).toMatchObject([{ stars: 2 }])
  })

  it('tell apart what differs: filters, orders, limits, pages, cursors, scopes, fields, kinds', async () => {
    const [first, second] = await notes.createMany([newNote({ stars: 1 }), newNote({ stars: 2 })])
    await notes.delete(first?.id ?? '')
    const orderBy = (direction: 'asc' | 'desc') => [{ field: 'stars', direction } as const]
    const all = { scope: 'all' } as const
    const asked = [
      () => notes.list({ orderBy: orderBy('asc') }, all),
      () => notes.list({ orderBy: orderBy('desc') }, all),
      () => notes.list({ orderBy: orderBy('asc'), limit: 1 }, all),
      () => notes.list({ orderBy: orderBy('asc') }),
      () => notes.list({ where: { stars: { eq: 1 } } }, { scope: 'deleted' }),
      () => notes.page({ orderBy: orderBy('asc'), limit: 1, page: 2 }, all),
      () => notes.page({ orderBy: orderBy('asc'), limit: 1, page: 1 }, all),
      () => notes.selecting(['stars']).list({ orderBy: orderBy('asc') }, all),
      () => notes.selecting(['title']).list({ orderBy: orderBy('asc') }, all),
      () => notes.count(undefined, all),
      () => notes.count(),
      () => notes.find(second?.id ?? ''),
      () => notes.find(second?.id ?? '', { scope: 'deleted' }),
    ]
    const fresh = []
    for (const read of asked) {
      await notes.cache.clear()
      fresh.push(await read())
    }
    const known = []
    for (const read of asked) known.push(await read())
    for (const read of asked) known.push(await read())
    expect(known).toEqual([...fresh, ...fresh])
    expect(new Set(fresh.map((answer) => JSON.stringify(answer))).size).toBe(asked.length)
  })

  it('keep neither errors nor what is missing', async () => {
    const missing = { title: 'late', id: '0190a000-0000-7000-8000-000000000000', stars: 0 }
    expect(await notes.find(missing.id)).toBeUndefined()
    expect(await notes.findOne({ title: { eq: 'late' } })).toBeUndefined()
    expect(await failureOf(notes.get(missing.id))).toMatchObject({ code: 'not-found', entity: 'notes' })
    // Written past the cache, so nothing was told to it.
    await source.create(missing)
    expect(await notes.find(missing.id)).toMatchObject({ title: 'late' })
    expect(await notes.getOne({ title: { eq: 'late' } })).toMatchObject({ id: missing.id })
    expect(notes.cache.metrics.entries).toBe(2)
  })

  it('find a row under other letters of its id, and are not confused by them', async () => {
    const { id } = await notes.create(newNote())
    expect((await notes.get(id.toUpperCase())).id).toBe(id)
    expect((await notes.getMany([id.toUpperCase(), id])).map((row) => row.id)).toEqual([id])
    await notes.get(id)
    await notes.increment(id.toUpperCase(), { stars: 1 })
    expect((await notes.get(id)).stars).toBe(1)
    expect((await notes.get(id.toUpperCase())).stars).toBe(1)
  })

  it('keep a row under its own spelling alone, where the database takes several for one', async () => {
    const repository = cached(new SqlRepository(database, words, { joinReads: false }), { ttlMs: 60_000 })
    const composed = 'caf\u00e9'
    const decomposed = composed.normalize('NFD')
    await repository.create({ id: composed, stars: 0 })
    expect((await repository.get(decomposed)).stars).toBe(0)
    await repository.increment(composed, { stars: 1 })
    expect((await repository.get(decomposed)).stars).toBe(1)
  })

  it('stream, lock and joined reads go to the database', async () => {
    const { id } = await notes.create(newNote())
    await notes.get(id)
    statements()
    for await (const row of notes.stream()) expect(row.id).toBe(id)
    expect(statements()).toBeGreaterThan(0)
    await database.transaction(async (tx) => {
      statements()
      await notes.get(id, { tx, lock: 'update' })
      await notes.list({}, { tx })
      expect(statements()).toBe(2)
    })
    expect(await failureOf(notes.get(id, { lock: 'update' }))).toMatchObject({ code: 'unsupported' })
  })

  it('are refused inside a transaction that they were not given, known or not', async () => {
    const { id } = await notes.create(newNote())
    await notes.get(id)
    await database.transaction(async () => {
      expect(await failureOf(notes.get(id))).toMatchObject({ code: 'unsupported' })
      expect((await outsideTransaction(() => notes.get(id))).id).toBe(id)
    })
  })

  it('of a schema with other fields keep to themselves', async () => {
    const cache = new ReadCache()
    const one = cached(source, { ttlMs: 60_000, cache })
    const two = cached(source, { ttlMs: 60_000, cache, schemaVersion: '2' })
    const { id } = await one.create(newNote())
    await one.get(id)
    await two.get(id)
    expect(cache.metrics).toMatchObject({ misses: 2, hits: 0 })
    await two.update(id, { stars: 9 })
    expect((await one.get(id)).stars).toBe(9)
  })
})
