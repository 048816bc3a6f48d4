import type { CreateIndexesOptions, IndexSpecification } from 'mongodb'
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ConflictError, UnsupportedError } from '../src/errors/repository-error.ts'
import { defineCollection, objectIdKey, planCollections, type CollectionDefinition, type IndexDeclaration } from '../src/mongo/index.ts'
import { describeDeclared, identityOf } from '../src/mongo/mongo-index-identity.ts'
import { listIndexes } from '../src/mongo/mongo-collection-state.ts'
import { failureOf, useMongo } from './support/mongo.ts'

const schema = z.object({
  ...objectIdKey(),
  name: z.string(),
  code: z.string(),
  size: z.int(),
  seenAt: z.date(),
  place: z.unknown(),
  parts: z.array(z.object({ sku: z.string() })),
})
const things = (...indexes: readonly IndexDeclaration[]) => defineCollection({ name: 'things', schema, indexes })

describe('what makes two indexes one', () => {
  const fixture = useMongo([])
  const collection = () => fixture.database.driver.collection('things')
  const plan = (definition: CollectionDefinition) => planCollections(fixture.database, [definition])
  beforeEach(async () => {
    await collection().drop()
    await fixture.database.prepare([things()])
  })

  /** Declared, and made by hand under another name: the server holds them for one, and so must the plan. */
  const same: readonly [string, IndexDeclaration, IndexSpecification, CreateIndexesOptions][] = [
    [
      'a collation that the server completes',
      { key: { name: 1 }, collation: { locale: 'fr_CA' } },
      { name: 1 },
      { collation: { locale: 'fr_CA', backwards: true } },
    ],
    ['the simple collation and none', { key: { name: 1 } }, { name: 1 }, { collation: { locale: 'simple' } }],
    [
      'a partial filter in another form',
      { key: { name: 1 }, partialFilterExpression: { size: { $gt: 1, $lt: 9 }, code: 'x' } },
      { name: 1 },
      { partialFilterExpression: { $and: [{ code: { $eq: 'x' } }, { size: { $lt: 9 } }, { size: { $gt: 1 } }] } },
    ],
    [
      'a projection in another form',
      { key: { '$**': 1 }, wildcardProjection: { 'place.town': 1 } },
      { '$**': 1 },
      { wildcardProjection: { place: { town: true } } },
    ],
    ['a version of the sphere that is older', { key: { place: '2dsphere' } }, { place: '2dsphere' }, { '2dsphereIndexVersion': 2 }],
    [
      'weights that are the usual ones',
      { key: { name: 'text', code: 'text' } },
      { code: 'text', name: 'text' },
      { weights: { name: 1 }, default_language: 'english' },
    ],
    ['storage options', { key: { name: 1 } }, { name: 1 }, { storageEngine: { wiredTiger: { configString: 'block_compressor=zlib' } } }],
  ]
  it.each(same)('%s is no difference', async (_, declaration, key, options) => {
    await collection().createIndex(key, { name: 'by_hand', ...options })
    expect(await plan(things(declaration))).toEqual([])
  })

  const base: IndexDeclaration = { key: { name: 1, code: 1 } }
  /** Each beside the first: built under a name of its own, then the first hidden. */
  const different: readonly [string, IndexDeclaration][] = [
    ['the order of keys', { key: { code: 1, name: 1 } }],
    ['a direction', { key: { name: 1, code: -1 } }],
    ['unique', { ...base, unique: true }],
    ['sparse', { ...base, sparse: true }],
    ['a partial filter', { ...base, partialFilterExpression: { size: { $gt: 1 } } }],
    ['a collation', { ...base, collation: { locale: 'en', strength: 2 } }],
  ]
  it.each(different)('%s is one: the new index is built beside the old, which is hidden then', async (_, declaration) => {
    await fixture.database.prepare([things({ ...base, name: 'mine' })])
    const changed = things({ ...declaration, name: 'mine' })
    expect(await plan(changed)).toMatchObject([
      { kind: 'create-index', index: expect.stringMatching(/^ps_mine_[0-9a-f]{6}$/), declared: 'ps_mine' },
      { kind: 'hide-index', index: 'ps_mine' },
    ])
    await fixture.database.prepare([changed])
    const { indexes } = await listIndexes(fixture.database, 'things')
    expect(indexes).toHaveLength(3)
    expect(await plan(changed)).toMatchObject([{ kind: 'kept-index', index: 'ps_mine' }])
    expect(await plan(things({ ...base, name: 'mine' }))).toMatchObject([
      { kind: 'modify-index', changes: { hidden: false } },
      { kind: 'hide-index' },
    ])
  })

  it('a field before the words of a text index and one after them are two', () => {
    const identity = (declaration: IndexDeclaration) => identityOf(describeDeclared(declaredIn(things(declaration))))
    const before = identity({ key: { size: 1, name: 'text' } })
    const after = identity({ key: { name: 'text', size: 1 } })
    expect(before).not.toBe(after)
    expect(identityOf({ key: { size: 1, _fts: 'text', _ftsx: 1 }, weights: { name: 1 }, default_language: 'english' })).toBe(before)
  })

  it('an index of a collection that has a collation of its own is simple unless declared otherwise', async () => {
    await collection().drop()
    await fixture.database.driver.createCollection('things', { collation: { locale: 'en' } })
    const definition = things({ key: { name: 1 } })
    await fixture.database.prepare([definition])
    expect(await plan(definition)).toEqual([])
  })
})

function declaredIn({ indexes: [index] }: CollectionDefinition) {
  if (!index) throw new Error('One is declared.')
  return index
}

describe('an index that cannot be built', () => {
  const fixture = useMongo([])
  const collection = () => fixture.database.driver.collection('things')
  const prepare = (definition: CollectionDefinition, onlyMissing = false) =>
    fixture.database.prepare([definition], { dropHidden: true, onlyMissing })
  beforeEach(async () => {
    await collection().drop()
    await fixture.database.prepare([things({ key: { size: 1 } })])
  })
  const row = (code: string, skus: readonly string[]) => ({
    name: 'x',
    code,
    size: 1,
    seenAt: new Date(),
    place: 1,
    parts: skus.map((sku) => ({ sku })),
  })

  it('for rows that share a key: they are counted as the index sees them, and nothing is hidden', async () => {
    await collection().insertMany([row('a', ['s1', 's2', 's1']), row('B', ['s2', 's3']), row('b', ['s4']), row('c', ['s5', 's5'])])
    const nested = await failureOf(prepare(things({ key: { 'parts.sku': 1 }, unique: true })))
    expect(nested).toBeInstanceOf(ConflictError)
    expect(nested).toMatchObject({ message: expect.stringContaining('1 key is shared by 2 rows (parts.sku)') })
    const folded = await failureOf(prepare(things({ key: { code: 1 }, unique: true, collation: { locale: 'en', strength: 2 } })))
    expect(folded).toMatchObject({ message: expect.stringContaining('1 key is shared by 2 rows (code)') })
    expect(
      await failureOf(prepare(things({ key: { name: 1, size: 1 }, unique: true, partialFilterExpression: { code: { $gt: 'a' } } }))),
    ).toMatchObject({
      message: expect.stringContaining('1 key is shared by 2 rows (name, size)'),
    })
    expect((await collection().indexes()).some((index) => 'hidden' in index)).toBe(false)
  })

  it('for another text index says which is in the way; a boot goes on without it, and the old one stays', async () => {
    await prepare(things({ key: { name: 'text' } }))
    const changed = things({ key: { name: 'text', code: 'text' } })
    const failure = await failureOf(prepare(changed))
    expect(failure).toBeInstanceOf(UnsupportedError)
    expect(failure).toMatchObject({
      message: expect.stringMatching(/a collection can have one text index, and ps_name_text_\w+ is there: drop that/),
    })
    expect((await prepare(changed, true)).foreign).toMatchObject([{ kind: 'conflict' }])
    const [old] = (await collection().indexes()).filter((index) => index['weights'] !== undefined)
    expect(old).not.toHaveProperty('hidden')
    await collection().dropIndex(String(old?.name))
    expect((await prepare(changed)).applied).toMatchObject([{ kind: 'create-index' }, { kind: 'drop-index' }])
  })
})

describe('hidden indexes', () => {
  const fixture = useMongo([])

  it('still refuse duplicates, and the plan says so; no longer when they are dropped', async () => {
    const unique = things({ key: { code: 1 }, unique: true })
    const plain = things({ key: { code: 1 } })
    await fixture.database.prepare([unique])
    const { applied } = await fixture.database.prepare([plain])
    expect(applied).toMatchObject([{ kind: 'create-index' }, { kind: 'hide-index', unique: true }])
    const insert = () =>
      fixture.database.driver.collection('things').insertOne({ name: 'x', code: 'a', size: 1, seenAt: new Date(), place: 1, parts: [] })
    await insert()
    expect(await failureOf(insert())).toMatchObject({ code: 11000 })
    const keep = { dropHidden: true, mayDrop: () => false }
    expect(await fixture.database.prepare([plain], keep)).toEqual({ applied: [], foreign: [] })
    await fixture.database.prepare([plain], { dropHidden: true })
    await insert()
  })
})

describe('an index that another process builds', () => {
  const fixture = useMongo([])
  const many = things()

  it('is waited for where it is declared, left alone where it is not, and never taken for one that is there', async () => {
    await fixture.database.prepare([many])
    const collection = fixture.database.driver.collection('things')
    const rows = (count: number) =>
      Array.from({ length: count }, (_, size) => ({
        name: `name ${size}`,
        code: `c${size}`,
        size,
        seenAt: new Date(),
        place: 1,
        parts: [],
      }))
    await collection.insertMany(rows(50_000))
    const definition = things({ key: { name: 1, code: 1 } })
    const [index] = definition.indexes
    const other = fixture.connect()
    const build = other.prepare([definition], { dropHidden: false, onlyMissing: true })
    // Its end waits for this transaction.
    const session = await holdOpen(fixture.database, async () => (await listIndexes(fixture.database, 'things')).building.length > 0)
    expect(await planCollections(fixture.database, [definition])).toMatchObject([{ kind: 'await-index', index: index?.name }])
    expect(await planCollections(fixture.database, [many])).toMatchObject([{ kind: 'building-index', index: index?.name }])
    expect(await fixture.database.prepare([many], { dropHidden: true })).toEqual({ applied: [], foreign: [] })
    const waiting = fixture.connect().prepare([definition])
    await session.abortTransaction()
    await session.endSession()
    expect((await build).applied).toMatchObject([{ kind: 'create-index' }])
    await waiting
    expect(await planCollections(fixture.database, [definition])).toEqual([])
  })

  it('is built once when eight replicas of one release start at once, beside the indexes of the release before', async () => {
    const [old, next] = [things({ key: { size: 1 } }), things({ key: { size: 1 }, unique: false, sparse: true }, { key: { code: 1 } })]
    await fixture.database.driver.collection('things').drop()
    await fixture.database.prepare([old])
    const replicas = Array.from({ length: 8 }, (_, replica) => ({ handle: fixture.connect(), definition: replica % 4 === 0 ? old : next }))
    await Promise.all(replicas.map(({ handle, definition }) => handle.prepare([definition], { dropHidden: false, onlyMissing: true })))
    const { indexes } = await listIndexes(fixture.database, 'things')
    expect(indexes).toHaveLength(4)
    expect(indexes.some(({ hidden }) => hidden === true)).toBe(false)
  })

  it('under another name is taken as it is, and under the same name with another meaning does not stop a release', async () => {
    const collection = fixture.database.driver.collection('things')
    const prepareAll = async (definitions: readonly CollectionDefinition[]) => {
      await collection.drop()
      await fixture.database.prepare([many])
      await Promise.all(definitions.map((definition) => fixture.connect().prepare([definition], { dropHidden: false, onlyMissing: true })))
      return (await listIndexes(fixture.database, 'things')).indexes.length
    }
    const named = Array.from({ length: 8 }, (_, position) => things({ key: { name: 1 }, name: `mine${position}` }))
    const keys: readonly IndexDeclaration['key'][] = [{ name: 1 }, { code: 1 }, { size: 1 }, { name: -1 }]
    const meant = keys.map((key) => things({ key, name: 'mine' }))
    expect(await prepareAll(named)).toBe(2)
    expect(await prepareAll(meant)).toBe(5)
  })
})

/** A transaction on the collection that is begun as soon as a build is. */
async function holdOpen(database: ReturnType<typeof useMongo>['database'], isBuilding: () => Promise<boolean>) {
  while (!(await isBuilding()));
  const session = database.driver.client.startSession()
  session.startTransaction()
  await database.driver
    .collection('things')
    .insertOne({ name: 'held', code: 'held', size: 1, seenAt: new Date(), place: 1, parts: [] }, { session })
  return session
}
