import { ObjectId } from 'mongodb'
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { runInTenant } from '../src/index.ts'
import {
  defineCollection,
  MongoRepository,
  objectIdKey,
  planCollections,
  slug,
  softDelete,
  tenantScope,
  translateMongoErrors,
  uuidKey,
  type CollectionDefinition,
} from '../src/mongo/index.ts'
import { failureOf, useMongo } from './support/mongo.ts'

const unsupported = expect.objectContaining({ code: 'unsupported' })

describe('the definition of a collection', () => {
  const fixture = useMongo([])
  beforeEach(() => fixture.database.driver.dropDatabase())

  async function repositoryOf<Definition extends CollectionDefinition>(definition: Definition) {
    await fixture.database.prepare([definition])
    return new MongoRepository(fixture.database, definition)
  }

  it('makes a unique key of any type hold among rows that have a value', async () => {
    const types = {
      text: z.string(),
      kind: z.enum(['a', 'b']),
      ratio: z.number(),
      count: z.int(),
      big: z.bigint(),
      at: z.date(),
      flag: z.boolean(),
      place: z.object({ x: z.int() }),
    }
    const values = {
      text: '',
      kind: 'a',
      ratio: -1e300,
      count: -5,
      big: -(2n ** 62n),
      at: new Date(-8.64e15),
      flag: false,
      place: { x: 1 },
    }
    for (const [field, type] of Object.entries(types)) {
      const schema = z.object({ ...uuidKey(), field: type.nullable() })
      const repository: { create(input: unknown): Promise<unknown> } = await repositoryOf(
        defineCollection({ name: `of_${field}`, schema, indexes: [{ key: { field: 1 }, unique: true }] }),
      )
      const value: unknown = Reflect.get(values, field)
      await repository.create({ field: value })
      expect(await failureOf(repository.create({ field: value })), field).toMatchObject({ code: 'conflict', fields: ['field'] })
    }
  })

  it('lets the unique key of an optional field be missing, and joins conditions of its own with those of the mixins', async () => {
    const schema = z.object({ ...uuidKey(), code: z.string().optional(), rank: z.int(), ...softDelete() })
    const indexes = [{ key: { code: 1 }, unique: true, partialFilterExpression: { code: { $gt: 'm' } } }] as const
    const repository = await repositoryOf(defineCollection({ name: 'partly', schema, indexes }))
    await repository.createMany([{ rank: 1 }, { rank: 2 }, { code: 'a', rank: 3 }, { code: 'a', rank: 4 }, { code: 'z', rank: 5 }])
    expect(await failureOf(repository.create({ code: 'z', rank: 6 }))).toMatchObject({ code: 'conflict', fields: ['code'] })
    const { id } = await repository.getOne({ code: { eq: 'z' } })
    await repository.delete(id)
    expect(await repository.create({ code: 'z', rank: 7 })).toMatchObject({ rank: 7 })
  })

  it('has the unique key of its slugs, declared or not, within the tenant where there is one', () => {
    const plain = z.object({ ...uuidKey(), title: z.string(), ...slug('title') })
    const divided = z.object({ ...uuidKey(), title: z.string(), ...slug('title'), ...tenantScope() })
    const fieldsOf = (definition: CollectionDefinition) => definition.indexes.map(({ fields, unique }) => [fields, unique])
    expect(fieldsOf(defineCollection({ name: 'a', schema: plain }))).toEqual([[['slug'], true]])
    expect(fieldsOf(defineCollection({ name: 'a', schema: plain, indexes: [{ key: { slug: -1 }, unique: true }] }))).toEqual([
      [['slug'], true],
    ])
    expect(fieldsOf(defineCollection({ name: 'a', schema: plain, indexes: [{ key: { slug: 1 } }] }))).toEqual([
      [['slug'], false],
      [['slug'], true],
    ])
    expect(fieldsOf(defineCollection({ name: 'a', schema: divided }))).toEqual([[['tenantId', 'slug'], true]])
  })

  it('allocates slugs within the tenant', async () => {
    const schema = z.object({ ...uuidKey(), title: z.string(), ...slug('title'), ...tenantScope() })
    const repository = await repositoryOf(defineCollection({ name: 'divided', schema }))
    const made = ['a', 'b', 'a'].map((tenant) => () => runInTenant(tenant, () => repository.create({ title: 'Same' })))
    const slugs: string[] = []
    for (const make of made) slugs.push((await make()).slug)
    expect(slugs).toEqual(['same', 'same', 'same-2'])
  })

  it('is refused when its slugs are made of nothing, or when it declares _id', () => {
    const schema = z.object({ ...uuidKey(), ...slug('title') })
    expect(() => defineCollection({ name: 'a', schema })).toThrow(unsupported)
    expect(() => defineCollection({ name: 'a', schema: z.object({ ...uuidKey(), _id: z.string() }) })).toThrow(unsupported)
  })

  it('takes a key that is only a text as it is, and one of the database as its text', async () => {
    const named = await repositoryOf(defineCollection({ name: 'named', schema: z.object({ id: z.string(), n: z.int() }) }))
    expect(await named.create({ id: 'any text', n: 1 })).toEqual({ id: 'any text', n: 1 })
    const counted = await repositoryOf(defineCollection({ name: 'counted', schema: z.object({ ...objectIdKey(), n: z.int() }) }))
    const { id } = await counted.create({ n: 1 })
    expect(ObjectId.isValid(id)).toBe(true)
    expect(await counted.get(id.toUpperCase())).toEqual({ id, n: 1 })
  })

  it('deletes softly without a field for who did it', async () => {
    const schema = z.object({ ...uuidKey(), name: z.string(), deletedAt: z.date().nullable() })
    const repository = await repositoryOf(defineCollection({ name: 'drafts', schema }))
    const row = await repository.create({ name: 'a' })
    await repository.delete(row.id)
    expect(await repository.find(row.id)).toBeUndefined()
    expect(await repository.restore(row.id)).toEqual(row)
  })

  it('upserts many by a key of several fields, and reads without joining when it is told to', async () => {
    const schema = z.object({ ...uuidKey(), a: z.string(), b: z.int(), n: z.int() })
    const definition = defineCollection({ name: 'pairs', schema, indexes: [{ key: { a: 1, b: 1 }, unique: true }] })
    await fixture.database.prepare([definition])
    const repository = new MongoRepository(fixture.database, definition, { joinReads: false })
    const inputs = [1, 2, 3].flatMap((b) => ['x', 'y'].map((a) => ({ a, b, n: 0 })))
    await repository.createMany(inputs.slice(0, 2))
    const answers = await repository.upsertMany(
      inputs.map((input, n) => ({ ...input, n })),
      ['a', 'b'],
    )
    expect(answers.map(({ created, row }) => [created, row.n])).toEqual([0, 1, 2, 3, 4, 5].map((n) => [n > 1, n]))
    const ids = answers.map(({ row }) => row.id)
    expect((await Promise.all(ids.map((id) => repository.get(id)))).map(({ n }) => n)).toEqual([0, 1, 2, 3, 4, 5])
    expect(await repository.getMany(ids)).toHaveLength(6)
  })

  it('indexes nested fields and whole documents, and refuses what is not declared', async () => {
    const schema = z.object({ ...uuidKey(), facts: z.record(z.string(), z.unknown()) })
    const indexes = [{ key: { 'facts.colour': 1 } }, { key: { '$**': 1 }, wildcardProjection: { facts: 1 } }] as const
    const definition = defineCollection({ name: 'facts', schema, indexes })
    await fixture.database.prepare([definition])
    expect(await planCollections(fixture.database, [definition])).toEqual([])
    expect(() => defineCollection({ name: 'facts', schema, indexes: [{ key: { 'colour.facts': 1 } }] })).toThrow(unsupported)
  })

  it('builds beside an index that has the name, says that there is a text index already, and leaves both', async () => {
    const schema = z.object({ ...uuidKey(), a: z.string(), b: z.string() })
    const define = (...indexes: Parameters<typeof defineCollection>[0]['indexes'] & object) =>
      defineCollection({ name: 'things', schema, indexes })
    await fixture.database.prepare([define({ key: { a: 1 }, name: 'mine' }, { key: { a: 'text' } })])
    const wanted = define({ key: { b: 1 }, name: 'mine' }, { key: { b: 'text' } })
    const reasons = (await planCollections(fixture.database, [wanted])).flatMap((step) => (step.kind === 'conflict' ? step.reason : []))
    expect(reasons).toEqual([expect.stringMatching(/^a collection can have one text index, and ps_a_text_\w+ is there/)])
    expect(await failureOf(fixture.database.prepare([wanted]))).toEqual(unsupported)
    expect(await fixture.database.driver.collection('things').indexes()).toHaveLength(4)
  })

  it('counts the keys that many rows share also where the index has no condition', async () => {
    const schema = z.object({ ...uuidKey(), code: z.string() })
    const before = await repositoryOf(defineCollection({ name: 'shared', schema }))
    await before.createMany(['x', 'x', 'y'].map((code) => ({ code })))
    const unique = defineCollection({ name: 'shared', schema, indexes: [{ key: { code: 1 }, unique: true }] })
    expect(await failureOf(fixture.database.prepare([unique]))).toMatchObject({
      code: 'conflict',
      message: expect.stringContaining('1 key is shared by 2 rows'),
    })
  })
})

describe('translateMongoErrors', () => {
  const fixture = useMongo([])
  const driver = () => fixture.database.driver
  const failing = (work: () => Promise<unknown>, entity?: string) => failureOf(translateMongoErrors(work, entity))

  it('knows what the server refuses by its code, alone and in a list', async () => {
    const people = driver().collection<{ _id: number }>('people')
    await people.insertOne({ _id: 1 })
    const conflict = { code: 'conflict', fields: ['id'] }
    expect(await failing(() => people.insertOne({ _id: 1 }), 'people')).toMatchObject({ ...conflict, entity: 'people' })
    expect(await failing(() => people.insertMany([{ _id: 2 }, { _id: 1 }]))).toMatchObject({ code: 'conflict', entity: undefined })
    expect(await failing(() => driver().command({ nonsense: 1 }))).toMatchObject({
      code: 'unknown',
      message: expect.stringContaining('59'),
    })
    expect(await failing(() => driver().command({ find: 'people', filter: { $nonsense: 1 } }))).toMatchObject({ code: 'invalid-value' })
  })

  it('knows what the driver refuses, and leaves alone what is not its own', async () => {
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    expect(await failing(() => driver().collection('people').insertOne(circle))).toMatchObject({ code: 'invalid-value' })
    const own = new TypeError('of the caller')
    expect(await failing(() => Promise.reject(own))).toBe(own)
    const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
    expect(await failing(() => Promise.reject(reset))).toMatchObject({ code: 'unavailable' })
    const ended = AbortSignal.abort()
    expect(await failing(() => Promise.reject(ended.reason))).toMatchObject({ code: 'statement-timeout' })
  })
})
