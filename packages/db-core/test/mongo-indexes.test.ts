import type { Document } from 'mongodb'
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ConflictError, UnsupportedError } from '../src/errors/repository-error.ts'
import {
  defineCollection,
  MongoRepository,
  objectIdKey,
  planCollections,
  softDelete,
  type CollectionDefinition,
  type IndexDeclaration,
} from '../src/mongo/index.ts'
import { neverSeconds } from '../src/mongo/mongo-index-plan.ts'
import { failureOf, useMongo } from './support/mongo.ts'

const schema = z.object({
  ...objectIdKey(),
  slug: z.string(),
  code: z.string().nullable(),
  seenAt: z.date().nullable(),
  name: z.string(),
  ...softDelete(),
})
const things = (indexes: readonly IndexDeclaration[]) => defineCollection({ name: 'things', schema, indexes })

describe('index reconcile', () => {
  const fixture = useMongo([])
  beforeEach(async () => {
    await fixture.database.driver.collection('things').drop()
  })
  const prepare = (definition: CollectionDefinition, options?: { dropHidden: boolean; onlyMissing?: boolean }) =>
    fixture.database.prepare([definition], options)
  const plan = (definition: CollectionDefinition, options?: { dropHidden: boolean }) =>
    planCollections(fixture.database, [definition], options)
  const indexes = async () => await fixture.database.driver.collection('things').indexes()
  const indexOn = async (field: string): Promise<Document | undefined> => (await indexes()).find((index) => field in index.key)
  const kinds = (steps: readonly { kind: string }[]) => steps.map((step) => step.kind)

  const everyKind: readonly IndexDeclaration[] = [
    { key: { slug: 1 }, unique: true },
    { key: { code: 1, slug: -1 }, unique: true },
    { key: { name: 'text', slug: 'text' }, weights: { name: 5 }, defaultLanguage: 'none' },
    { key: { seenAt: 1 }, expireAfterSeconds: 3600 },
    { key: { name: 1 }, collation: { locale: 'en', strength: 2 } },
    { key: { name: 1, id: 1 }, partialFilterExpression: { name: { $gt: 'm' } } },
    { key: { code: 'hashed' } },
    { key: { slug: 1, seenAt: 1 }, sparse: true, hidden: true },
  ]

  it('plans nothing for what it has just made, with every kind of index', async () => {
    const definition = things(everyKind)
    expect(kinds(await plan(definition))).toEqual(['create-collection', ...everyKind.map(() => 'create-index')])
    await prepare(definition)
    expect(await plan(definition)).toEqual([])
    expect(await prepare(definition)).toEqual({ applied: [], foreign: [] })
  })

  it('makes unique keys hold among live rows that have a value', async () => {
    await prepare(things(everyKind))
    expect(await indexOn('slug')).toMatchObject({ unique: true, partialFilterExpression: { deletedAt: { $eq: null } } })
    expect(await indexOn('code')).toMatchObject({ partialFilterExpression: { code: { $gte: '' }, deletedAt: { $eq: null } } })
  })

  it('serves the lookup of a unique key from its partial index', async () => {
    await prepare(things(everyKind))
    for (const filter of [{ slug: { $eq: 'a' } }, { code: { $eq: 'a' } }]) {
      const explained = await fixture.database.driver
        .collection('things')
        .find({ $and: [{ deletedAt: { $eq: null } }, filter] })
        .explain('queryPlanner')
      expect(JSON.stringify(explained['queryPlanner'].winningPlan)).toContain('IXSCAN')
    }
  })

  it('takes over an index with the same meaning under any name', async () => {
    await fixture.database.driver.collection('things').createIndex({ name: 1 }, { name: 'by_hand' })
    const report = await prepare(things([{ key: { name: 1 } }]))
    expect(kinds(report.applied)).toEqual(['set-validator'])
    expect(report.foreign).toEqual([])
  })

  it('reports foreign indexes and leaves them', async () => {
    await fixture.database.driver.collection('things').createIndex({ seenAt: -1 }, { name: 'adhoc' })
    const report = await prepare(things([]), { dropHidden: true })
    expect(report.foreign).toEqual([{ kind: 'foreign-index', collection: 'things', index: 'adhoc' }])
    expect(await indexOn('seenAt')).toMatchObject({ name: 'adhoc' })
    expect(await indexOn('seenAt')).not.toHaveProperty('hidden')
  })

  it('hides an index that is no longer declared, shows it again, and drops it only in a later run that may', async () => {
    const before = things([{ key: { name: 1 } }])
    const after = things([])
    await prepare(before)
    expect(kinds((await prepare(after, { dropHidden: true })).applied)).toEqual(['hide-index'])
    expect(await indexOn('name')).toMatchObject({ hidden: true })
    expect(kinds((await prepare(before)).applied)).toEqual(['modify-index'])
    expect(await indexOn('name')).not.toHaveProperty('hidden')
    await prepare(after)
    expect((await prepare(after)).applied).toEqual([])
    expect(kinds((await prepare(after, { dropHidden: true })).applied)).toEqual(['drop-index'])
    expect(await indexOn('name')).toBeUndefined()
  })

  it('creates what is missing and changes nothing else when it is asked for that', async () => {
    await prepare(things([{ key: { name: 1 } }]))
    const { applied } = await prepare(things([{ key: { code: 1 } }]), { dropHidden: false, onlyMissing: true })
    expect(kinds(applied)).toEqual(['create-index'])
    expect(kinds(await plan(things([{ key: { code: 1 } }])))).toEqual(['hide-index'])
  })

  it('builds a changed index beside the old one before it hides that', async () => {
    await prepare(things([{ key: { name: 1 } }]))
    const { applied } = await prepare(things([{ key: { name: 1 }, unique: true }]))
    expect(kinds(applied)).toEqual(['create-index', 'hide-index'])
    expect((await indexes()).filter((index) => 'name' in index.key)).toMatchObject([{ hidden: true }, { unique: true }])
  })

  it('changes the expiry of an index in place, and ends it where it is no longer declared', async () => {
    const [plain, sixty, ninety] = [{}, { expireAfterSeconds: 60 }, { expireAfterSeconds: 90 }].map((options) =>
      things([{ key: { seenAt: 1 }, ...options }]),
    )
    if (!plain || !sixty || !ninety) throw new Error('There are three.')
    await prepare(plain)
    for (const [definition, seconds] of [
      [sixty, 60],
      [ninety, 90],
      [plain, neverSeconds],
    ] as const) {
      expect(kinds((await prepare(definition)).applied)).toEqual(['modify-index'])
      expect(await indexOn('seenAt')).toMatchObject({ expireAfterSeconds: seconds })
      expect(await plan(definition)).toEqual([])
    }
    await prepare(sixty)
    expect((await prepare(things([]))).applied).toMatchObject([{ kind: 'hide-index', expiring: true }])
    expect(await indexOn('seenAt')).toMatchObject({ expireAfterSeconds: neverSeconds, hidden: true })
    expect(kinds((await prepare(sixty, { dropHidden: false, onlyMissing: true })).applied)).toEqual(['modify-index'])
    expect(await plan(sixty)).toEqual([])
  })

  it('says how many keys are shared when a unique index cannot be built, not which, and drops nothing', async () => {
    const before = things([{ key: { name: 1 } }])
    await prepare(before)
    const slugs = ['canary-4711', 'canary-4711', 'canary-4711', 'b', 'b', 'c']
    await new MongoRepository(fixture.database, before).createMany(slugs.map((slug) => ({ slug, name: 'x' })))
    const error = await failureOf(prepare(things([{ key: { slug: 1 }, unique: true }, { key: { code: 1 } }])))
    expect(error).toBeInstanceOf(ConflictError)
    expect(error).toMatchObject({ fields: ['slug'], message: expect.stringContaining('2 keys are shared by 5 rows') })
    expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('canary-4711')
    expect(await indexOn('name')).not.toHaveProperty('hidden')
    expect(await indexOn('code')).toBeDefined()
    expect(await indexOn('slug')).toBeUndefined()
  })

  it('puts a changed schema before the rows', async () => {
    await prepare(things([]))
    const wider = defineCollection({ name: 'things', schema: schema.extend({ phone: z.string().nullable() }) })
    expect(await plan(wider)).toEqual([{ kind: 'set-validator', collection: 'things' }])
    await prepare(wider)
    expect(await new MongoRepository(fixture.database, wider).create({ slug: 'a', name: 'a', phone: '1' })).toMatchObject({ phone: '1' })
    expect(await plan(wider)).toEqual([])
  })

  it('can run in eight processes at once', async () => {
    const definition = things(everyKind)
    const handles = Array.from({ length: 8 }, () => fixture.connect())
    await Promise.all(handles.map((handle) => handle.prepare([definition])))
    expect(await plan(definition)).toEqual([])
    expect(await indexes()).toHaveLength(everyKind.length + 1)
  })

  it('refuses a declaration that names no field, one index twice, the key of all, or an expiry that cannot be', () => {
    expect(() => things([{ key: { id: 1 } }])).toThrow(UnsupportedError)
    expect(() => things([{ key: { seenAt: 1, code: 1 }, expireAfterSeconds: 1 }])).toThrow(UnsupportedError)
    expect(() => things([{ key: { slgu: 1 } }])).toThrow(UnsupportedError)
    expect(() => things([{ key: { slug: 1 } }, { key: { slug: 1 } }])).toThrow(UnsupportedError)
  })
})
