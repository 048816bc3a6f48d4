import { inspect } from 'node:util'
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  CheckError,
  ConflictError,
  InvalidFilterError,
  InvalidValueError,
  NotFoundError,
  NotNullError,
  UnsupportedError,
} from '../src/errors/repository-error.ts'
import { runAs } from '../src/mixins/actor.ts'
import { runInTenant } from '../src/mixins/tenant.ts'
import {
  auditColumns,
  audited,
  defineCollection,
  MongoRepository,
  objectIdKey,
  randomKey,
  softDelete,
  stringKey,
  tenantScope,
  timestamps,
  uuidKey,
  versioned,
} from '../src/mongo/index.ts'
import { failureOf, untyped, useMongo } from './support/mongo.ts'

const items = defineCollection({
  name: 'items',
  schema: z.object({
    ...objectIdKey(),
    slug: z.string(),
    code: z.string().nullable(),
    rank: z.int().nullable(),
    weight: z.number().optional(),
    tags: z.array(z.string()).default([]),
    ...timestamps(),
    ...softDelete(),
    ...versioned(),
  }),
  indexes: [
    { key: { slug: 1 }, unique: true },
    { key: { code: 1 }, unique: true },
  ],
})
const plain = defineCollection({ name: 'plain', schema: z.object({ ...stringKey(), amount: z.int() }) })
const owned = defineCollection({ name: 'owned', schema: z.object({ ...uuidKey(), name: z.string(), ...auditColumns(), ...tenantScope() }) })

describe('MongoRepository', () => {
  const fixture = useMongo([items, plain, owned])
  const repository = () => new MongoRepository(fixture.database, items)
  beforeEach(async () => {
    for (const name of ['items', 'plain', 'owned']) await fixture.database.driver.collection(name).deleteMany({})
  })

  it('stores id as _id and fills in what was not given', async () => {
    const row = await repository().create({ slug: 'a' })
    expect(row).toMatchObject({ slug: 'a', code: null, rank: null, tags: [], version: 1, deletedAt: null })
    expect(row.id).toMatch(/^[0-9a-f]{24}$/)
    expect(row.createdAt).toEqual(row.updatedAt)
    const stored = await fixture.database.collection(items).findOne({ slug: 'a' })
    expect(stored?._id.toHexString()).toBe(row.id)
    expect(stored).not.toHaveProperty('id')
    expect(await repository().get(row.id)).toEqual(row)
  })

  it('keeps UUID keys as sixteen bytes and takes a key from outside', async () => {
    const uuids = new MongoRepository(fixture.database, owned)
    const given = crypto.randomUUID()
    await runAs('anna', () =>
      runInTenant('t1', async () => {
        const made = await uuids.create({ name: 'made' })
        expect(made.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/)
        expect((await uuids.create({ name: 'given', id: given })).id).toBe(given)
        expect(await uuids.getMany([given, made.id])).toMatchObject([{ name: 'given' }, { name: 'made' }])
      }),
    )
    expect((await fixture.database.driver.collection('owned').findOne())?.['_id']).toHaveProperty('sub_type', 4)
  })

  it('makes random keys of version 4 where their time shall not be told', async () => {
    const random = defineCollection({ name: 'random', schema: z.object({ ...randomKey(), name: z.string() }) })
    await fixture.database.prepare([random])
    const { id } = await new MongoRepository(fixture.database, random).create({ name: 'x' })
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/)
    expect(await new MongoRepository(fixture.database, random).get(id)).toEqual({ id, name: 'x' })
  })

  it('needs the key where the caller chooses it', async () => {
    const texts = new MongoRepository(fixture.database, plain)
    const { create } = untyped(texts)
    expect(await failureOf(create({ amount: 1 }))).toMatchObject({ name: NotNullError.name, fields: ['id'] })
    await create({ id: 'SKU-1', amount: 1 })
    expect(await failureOf(create({ id: 'SKU-1', amount: 2 }))).toMatchObject({ name: ConflictError.name, fields: ['id'] })
  })

  it('refuses unknown and managed fields, and values that not every store holds', async () => {
    const { create } = untyped(repository())
    for (const input of [{ slug: 'a', version: 7 }, { slug: 'a', $set: 1 }, { slug: 'a\0' }, { slug: 'a', rank: Number.NaN }, null]) {
      expect(await failureOf(create(input))).toBeInstanceOf(InvalidValueError)
    }
    expect(await repository().count()).toBe(0)
  })

  it('names the field of a duplicate key on every path, and repeats no value', async () => {
    await repository().create({ slug: 'canary-4711' })
    const other = await repository().create({ slug: 'b' })
    const paths = [
      () => repository().create({ slug: 'canary-4711' }),
      () => repository().createMany([{ slug: 'c' }, { slug: 'canary-4711' }]),
      () => repository().update(other.id, { slug: 'canary-4711' }),
      () => repository().updateMany({ slug: { eq: 'b' } }, { slug: 'canary-4711' }),
    ]
    for (const path of paths) {
      const error = await failureOf(path())
      expect(error).toBeInstanceOf(ConflictError)
      expect(error).toMatchObject({ entity: 'items', fields: ['slug'], message: 'A row with this key exists already in items.' })
      expect(`${String(error)} ${JSON.stringify(error)}`).not.toContain('canary-4711')
    }
    expect(await repository().count()).toBe(2)
  })

  it('allows many rows without a value in a unique field, as SQL does', async () => {
    await repository().createMany([{ slug: 'a' }, { slug: 'b' }, { slug: 'c', code: 'x' }])
    expect(await failureOf(repository().create({ slug: 'd', code: 'x' }))).toMatchObject({ fields: ['code'] })
  })

  it('creates all rows or none, in input order, beyond one command', async () => {
    const slugs = Array.from({ length: 2300 }, (_, index) => `s${index}`)
    const rows = await repository().createMany(slugs.map((slug) => ({ slug })))
    expect(rows.map((row) => row.slug)).toEqual(slugs)
    expect(await repository().count()).toBe(2300)
    const more = [...slugs.map((slug) => ({ slug: `x${slug}` })), { slug: 's7' }]
    expect(await failureOf(repository().createMany(more))).toBeInstanceOf(ConflictError)
    expect(await repository().count()).toBe(2300)
    const streamed: string[] = []
    for await (const row of repository().stream({ where: { slug: { startsWith: 's' } }, orderBy: [{ field: 'slug', direction: 'asc' }] }))
      streamed.push(row.slug)
    expect(streamed).toEqual(slugs.toSorted())
  })

  it('lets go of the cursor when a stream is left early', async () => {
    await repository().createMany(Array.from({ length: 1200 }, (_, index) => ({ slug: `s${index}` })))
    for await (const row of repository().stream()) if (row.slug) break
    const { metrics } = await fixture.database.driver.admin().serverStatus()
    expect(Number(metrics.cursor.open.total)).toBe(0)
  })

  it('updates what was given, removes what an optional field set to null, and leaves the rest', async () => {
    const row = await repository().create({ slug: 'a', weight: 1.5, rank: 3 })
    const changed = await repository().update(row.id, { weight: null, rank: 4 })
    expect(changed).toMatchObject({ slug: 'a', rank: 4, version: 2 })
    expect(changed).not.toHaveProperty('weight')
    expect(await repository().update(row.id, {})).toEqual(changed)
    expect(await repository().update(row.id, { rank: undefined })).toEqual(changed)
  })

  it('lets one of two updates of one version win', async () => {
    const row = await repository().create({ slug: 'a' })
    const results = await Promise.allSettled([
      repository().update(row.id, { rank: 1 }, { version: 1 }),
      repository().update(row.id, { rank: 2 }, { version: 1 }),
    ])
    expect(results.map((result) => result.status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(await failureOf(repository().update(row.id, { rank: 3 }, { version: 1 }))).toMatchObject({ code: 'stale-version' })
    expect(await failureOf(repository().update(row.id, {}, { version: 1 }))).toMatchObject({ code: 'stale-version' })
    expect(await failureOf(repository().update('0'.repeat(24), { rank: 3 }, { version: 1 }))).toBeInstanceOf(NotFoundError)
    const texts = new MongoRepository(fixture.database, plain)
    expect(await failureOf(texts.update('x', { amount: 1 }, { version: 1 }))).toBeInstanceOf(UnsupportedError)
  })

  it('adds to numbers, null counting as zero', async () => {
    const row = await repository().create({ slug: 'a' })
    expect(await repository().increment(row.id, { rank: 2 })).toMatchObject({ rank: 2, version: 2 })
    expect(await repository().increment(row.id, { rank: -5, weight: 0.5 })).toMatchObject({ rank: -3, weight: 0.5, version: 3 })
  })

  it('inserts or updates in one statement, and says which', async () => {
    const first = await repository().upsert({ slug: 'a', rank: 1 }, ['slug'])
    expect(first).toMatchObject({ created: true, row: { rank: 1, version: 1, tags: [] } })
    const second = await repository().upsert({ slug: 'a', rank: 2 }, ['slug'])
    expect(second).toMatchObject({ created: false, row: { id: first.row.id, rank: 2, version: 2 } })
    expect(await repository().upsert({ slug: 'a' }, ['slug'])).toEqual({ created: false, row: second.row })
    expect(await failureOf(repository().upsert({ slug: 'b' }, ['rank']))).toBeInstanceOf(UnsupportedError)
    expect(await failureOf(repository().upsert({ slug: 'b' }, []))).toBeInstanceOf(InvalidFilterError)
  })

  it('makes one row of fifty concurrent upserts of one key', async () => {
    const results = await Promise.all(Array.from({ length: 50 }, (_, rank) => repository().upsert({ slug: 'hot', rank }, ['slug'])))
    expect(results.filter((result) => result.created)).toHaveLength(1)
    expect(new Set(results.map((result) => result.row.id)).size).toBe(1)
    expect(await repository().get(results[0]?.row.id ?? '')).toMatchObject({ version: 50 })
  })

  it('hides deleted rows from every path, frees their keys, and restores them unless the key was taken', async () => {
    const row = await repository().create({ slug: 'a', code: 'x' })
    await repository().delete(row.id)
    expect(await repository().find(row.id)).toBeUndefined()
    expect(await repository().list()).toEqual([])
    expect(await repository().exists({})).toBe(false)
    expect(await repository().getMany([row.id])).toEqual([])
    expect(await failureOf(repository().update(row.id, { rank: 1 }))).toBeInstanceOf(NotFoundError)
    expect(await failureOf(repository().increment(row.id, { rank: 1 }))).toBeInstanceOf(NotFoundError)
    expect(await failureOf(repository().delete(row.id))).toBeInstanceOf(NotFoundError)
    expect(await repository().updateMany({ slug: { eq: 'a' } }, { rank: 1 })).toBe(0)
    expect(await repository().list({}, { scope: 'deleted' })).toHaveLength(1)
    const heir = await repository().create({ slug: 'a' })
    expect(await failureOf(repository().restore(row.id))).toMatchObject({ name: ConflictError.name, fields: ['slug'] })
    await repository().purge(heir.id)
    expect(await repository().restore(row.id)).toMatchObject({ id: row.id, deletedAt: null })
    expect(await failureOf(repository().restore(row.id))).toBeInstanceOf(NotFoundError)
    await repository().purge(row.id)
    expect(await failureOf(repository().purge(row.id))).toBeInstanceOf(NotFoundError)
  })

  it('deletes for good where there is no soft delete', async () => {
    const texts = new MongoRepository(fixture.database, plain)
    await texts.createMany([
      { id: 'a', amount: 1 },
      { id: 'b', amount: 2 },
      { id: 'c', amount: 3 },
    ])
    await texts.delete('a')
    expect(await texts.deleteMany({ amount: { gt: 2 } })).toBe(1)
    expect(await texts.list()).toEqual([{ id: 'b', amount: 2 }])
    expect(await failureOf(texts.restore('a'))).toBeInstanceOf(UnsupportedError)
  })

  it('refuses writes to many rows without a filter, and changes all or none', async () => {
    await repository().createMany([{ slug: 'a' }, { slug: 'b' }])
    expect(await failureOf(repository().updateMany({}, { rank: 1 }))).toBeInstanceOf(InvalidFilterError)
    expect(await failureOf(repository().deleteMany({ slug: { notIn: [] } }))).toBeInstanceOf(InvalidFilterError)
    expect(await failureOf(repository().updateMany({ slug: { in: ['a', 'b'] } }, { code: 'same' }))).toBeInstanceOf(ConflictError)
    expect(await repository().list({ where: { code: { isNotNull: true } } })).toEqual([])
  })

  it('names the actor and keeps tenants apart', async () => {
    const rows = new MongoRepository(fixture.database, owned)
    const inTenant = <Result>(tenant: string, work: () => Result) => runAs('anna', () => runInTenant(tenant, work))
    const mine = await inTenant('t1', () => rows.create({ name: 'mine' }))
    expect(mine).toMatchObject({ tenantId: 't1', createdBy: 'anna', updatedBy: 'anna' })
    expect(await inTenant('t2', () => rows.find(mine.id))).toBeUndefined()
    expect(await failureOf(inTenant('t2', () => rows.update(mine.id, { name: 'yours' })))).toBeInstanceOf(NotFoundError)
    expect(await failureOf(inTenant('t2', () => rows.purge(mine.id)))).toBeInstanceOf(NotFoundError)
    expect(await failureOf(runAs('anna', () => rows.list()))).toBeInstanceOf(InvalidValueError)
    expect(await failureOf(runInTenant('t1', () => rows.create({ name: 'x' })))).toBeInstanceOf(InvalidValueError)
  })

  it("knows sets of columns by their names, and keeps the driver's errors without the values in them", async () => {
    const signed = defineCollection({
      name: 'signed',
      schema: z.object({ ...audited(), text: z.string() }),
      indexes: [{ key: { text: 1 }, unique: true }],
    })
    await fixture.database.prepare([signed])
    const rows = new MongoRepository(fixture.database, signed)
    expect(rows.entity).toMatchObject({ name: 'signed', keyField: 'id', traits: { audited: true, createdAt: true, updatedAt: true } })
    await runAs('anna', async () => {
      expect(await rows.create({ text: 'canary-4711' })).toMatchObject({ createdBy: 'anna', updatedBy: 'anna' })
      const error = await failureOf(rows.create({ text: 'canary-4711' }))
      expect(error).toMatchObject({ code: 'conflict', fields: ['text'], cause: { code: 11000, keyPattern: { text: 1 } } })
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain('canary-4711')
    })
  })

  it('translates the checks of the schema', async () => {
    const { create } = untyped(repository())
    expect(await failureOf(create({ slug: 7 }))).toMatchObject({ name: CheckError.name, fields: ['slug'] })
    expect(await failureOf(create({ rank: 1 }))).toMatchObject({ name: NotNullError.name, fields: ['slug'] })
  })
})
