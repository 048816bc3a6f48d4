import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { RepositoryError } from '../src/errors/repository-error.ts'
import { defineCollection, objectIdKey, type IndexDeclaration } from '../src/mongo/index.ts'
import { neverSeconds, type ReconcileStep } from '../src/mongo/mongo-index-plan.ts'
import { duplicatesError } from '../src/mongo/mongo-duplicates.ts'
import { collationText, listIndexes, readCollectionState } from '../src/mongo/mongo-collection-state.ts'
import { describeStep } from '../src/migrations/mongo/describe-mongo-steps.ts'
import { planScript } from '../src/migrations/mongo/plan-mongo-script.ts'
import { relaxValidators, restoreValidators, strictValidators } from '../src/migrations/mongo/mongo-relaxed-validators.ts'
import { failureOf, useMongo } from './support/mongo.ts'

const letters = ['a', 'b', 'c', 'd', 'e', 'f'] as const
const schema = z.object({
  ...objectIdKey(),
  name: z.string(),
  code: z.string(),
  seenAt: z.date(),
  ...Object.fromEntries(letters.map((letter) => [letter, z.string()])),
})
const things = (...indexes: IndexDeclaration[]) => defineCollection({ name: 'things', schema, indexes })
const on = { collection: 'things', index: 'ps_x' } as const

describe('a step of the reconcile in words', () => {
  const fixture = useMongo([])
  const describeOne = (step: ReconcileStep, definition = things()) => describeStep(fixture.database, [definition], step)
  const textOf = async (step: ReconcileStep, definition = things()) => (await describeOne(step, definition)).text

  it.each<[ReconcileStep, string]>([
    [{ kind: 'create-collection', collection: 'things' }, 'create collection things with its validator'],
    [{ ...on, kind: 'await-index' }, 'await index ps_x on things, which another process is building'],
    [{ ...on, kind: 'hide-index' }, 'hide index ps_x on things, which is no longer declared'],
    [
      { ...on, kind: 'hide-index', unique: true, expiring: true },
      'hide index ps_x on things, which is no longer declared; it refuses duplicates until it is dropped; its expiry ends at once',
    ],
    [{ ...on, kind: 'hide-index', expiring: true }, 'hide index ps_x on things, which is no longer declared; its expiry ends at once'],
    [{ ...on, kind: 'drop-index' }, 'drop index ps_x on things, which an earlier run has hidden'],
    [{ ...on, kind: 'kept-index' }, 'index ps_x on things is hidden and stays until a later run drops it'],
    [
      { ...on, kind: 'kept-index', unique: true },
      'index ps_x on things is hidden and stays until a later run drops it; it refuses duplicates until it is dropped',
    ],
    [{ ...on, kind: 'building-index' }, 'index ps_x on things is being built by another process, and is not declared: left alone'],
    [{ ...on, kind: 'foreign-index' }, 'index ps_x on things was not made by db-core: left alone'],
    [{ ...on, kind: 'conflict', reason: 'there is one' }, 'cannot create index ps_x on things: there is one'],
    [{ ...on, kind: 'modify-index', changes: { hidden: true } }, 'change index ps_x on things in place: hide it'],
    [
      { ...on, kind: 'modify-index', changes: { hidden: false, expireAfterSeconds: 60, prepareUnique: false } },
      'change index ps_x on things in place: show it again, expiry 60 s, let duplicates in again',
    ],
    [
      { ...on, kind: 'modify-index', changes: { expireAfterSeconds: neverSeconds } },
      'change index ps_x on things in place: no more expiry (68 years, for the server cannot take it off)',
    ],
  ])('%j', async (step, words) => {
    expect(await textOf(step)).toBe(words)
  })

  it('an index to create is told with its key, its direction and what is special about it', async () => {
    const declarations: readonly [IndexDeclaration, string][] = [
      [{ key: { name: 1, code: -1 } }, 'name 1, code -1'],
      [{ key: { name: 'text' }, defaultLanguage: 'none', weights: { name: 5 } }, 'name text; weights; default_language'],
      [{ key: { seenAt: 1 }, expireAfterSeconds: 0, hidden: true }, 'seenAt 1; hidden; expires after 0 s'],
      [{ key: { code: 1 }, unique: true, collation: { locale: 'en', strength: 2 } }, 'code 1; unique; collation'],
      [{ key: { code: 1 }, partialFilterExpression: { name: { $gt: 'm' } } }, 'code 1; partial'],
    ]
    for (const [declaration, words] of declarations) {
      const definition = things(declaration)
      const index = definition.indexes[0]?.name ?? ''
      expect(await textOf({ kind: 'create-index', collection: 'things', index }, definition)).toBe(
        `create index ${index} on things (${words})`,
      )
      const another: ReconcileStep = { kind: 'create-index', collection: 'things', index: `${index}_abc123`, declared: index }
      expect(await textOf(another, definition)).toBe(`create index ${index}_abc123 on things (${words})`)
    }
    expect(await textOf({ ...on, kind: 'create-index' })).toBe('create index ps_x on things')
    const unknown = await describeStep(fixture.database, [], { ...on, kind: 'create-index' })
    expect(unknown.text).toBe('create index ps_x on things')
  })

  it('tells the lock and the rows where rows are concerned, and what asks for nothing', async () => {
    const collection = fixture.database.driver.collection('things')
    await collection.insertMany([{ name: 'x' }, { name: 'y' }])
    const long = 'things: reads and writes go on while it is built, and wait a moment at its beginning and end'
    const short = 'things: reads and writes wait a moment'
    for (const kind of ['create-index', 'await-index'] as const)
      expect(await describeOne({ ...on, kind })).toMatchObject({ lock: long, rows: 2 })
    for (const kind of ['hide-index', 'drop-index'] as const)
      expect(await describeOne({ ...on, kind })).toMatchObject({ lock: short, rows: 2 })
    expect(await describeOne({ ...on, kind: 'modify-index', changes: { hidden: true } })).toMatchObject({ lock: short, rows: 2 })
    for (const kind of ['foreign-index', 'kept-index', 'building-index'] as const) {
      const described = await describeOne({ ...on, kind })
      expect(Object.keys(described)).toEqual(['text', 'informative'])
      expect(described.informative).toBe(true)
    }
    for (const step of [
      { kind: 'create-collection', collection: 'things' },
      { ...on, kind: 'conflict', reason: 'x' },
    ] as const)
      expect(Object.keys(await describeOne(step))).toEqual(['text'])
    await collection.drop()
  })

  it('a validator is told with how many rows break it', async () => {
    const { driver } = fixture.database
    const collection = driver.collection('things')
    const step = { kind: 'set-validator', collection: 'things' } as const
    const whole = { name: 'x', code: 'c', seenAt: new Date(), ...Object.fromEntries(letters.map((letter) => [letter, letter])) }
    await collection.insertOne({ ...whole })
    expect(await textOf(step)).toBe('set the validator of things: every row fits it')
    await collection.insertOne({ name: 'y' })
    expect(await textOf(step)).toBe('set the validator of things: 1 row breaks it, stays as it is, and cannot be changed until it fits')
    await collection.insertMany(Array.from({ length: 1000 }, () => ({ code: 5 })))
    expect(await textOf(step)).toBe(
      'set the validator of things: 1,001 rows break it, stay as they are, and cannot be changed until it fits',
    )
    expect((await describeStep(fixture.database, [], step)).text).toBe('set the validator of things')
    await collection.drop()
  })

  it('says that rows could not be counted where the server refuses to count', async () => {
    const { driver } = fixture.database
    const definition = { ...things(), jsonSchema: { bsonType: 'no type' } }
    await driver.collection('things').insertOne({ name: 'x' })
    const { text } = await describeStep(fixture.database, [definition], { kind: 'set-validator', collection: 'things' })
    expect(text).toBe('set the validator of things: how many rows break it could not be counted in time')
    await driver.collection('things').drop()
  })
})

describe('a unique index that rows break', () => {
  const fixture = useMongo([])
  const collection = () => fixture.database.driver.collection('things')
  const explain = async (declaration: IndexDeclaration, database = fixture.database) => {
    const [index] = things(declaration).indexes
    if (!index) throw new Error('It declares an index.')
    const error = await duplicatesError(database, { definition: { name: 'things' }, index, cause: undefined })
    return error.message.slice(error.message.indexOf('built: ') + 'built: '.length)
  }

  it('is told by how many keys and rows, and never by their values', async () => {
    await collection().insertMany(['k1', 'k1', 'k2', 'k2', 'k2', 'k3'].map((code) => ({ code })))
    expect(await explain({ key: { code: 1 }, unique: true })).toBe('2 keys are shared by 5 rows (code).')
    await collection().drop()
  })

  it('counts what is missing as one key, unless the index leaves it out', async () => {
    await collection().insertMany([{ code: 'k1' }, {}, {}, { code: null }])
    expect(await explain({ key: { code: 1 }, unique: true })).toBe('1 key is shared by 3 rows (code).')
    await collection().deleteOne({ code: null })
    await collection().insertOne({ code: 'k1' })
    expect(await explain({ key: { code: 1 }, unique: true, sparse: true })).toBe('1 key is shared by 2 rows (code).')
    await collection().drop()
  })

  it('names five fields at most', async () => {
    const all = Object.fromEntries(letters.map((letter) => [letter, 1] as const))
    await collection().insertMany([{ a: 'x' }, { a: 'x' }])
    expect(await explain({ key: all, unique: true })).toBe('1 key is shared by 2 rows (a, b, c, d, e, …).')
    await collection().drop()
  })

  it('is told without numbers where nothing can be counted, or where the rows were mended meanwhile', async () => {
    const closed = fixture.connect()
    await closed.close()
    const declaration = { key: { code: 1 }, unique: true } as const
    expect(await explain(declaration, closed)).toBe('some keys are shared by several rows (code).')
    expect(await explain(declaration)).toBe('some keys are shared by several rows (code).')
  })
})

describe('what the database holds of a collection', () => {
  const fixture = useMongo([])
  const collation = { locale: 'en', strength: 2 } as const

  it("is nothing where there is none, but for the server's completion of a collation", async () => {
    const state = await readCollectionState(fixture.database, things({ key: { name: 1 }, collation }, { key: { code: 1 }, collation }))
    expect(state).toMatchObject({ exists: false, options: {}, indexes: [], building: [] })
    expect([...state.collations.keys()]).toEqual([collationText(collation)])
    expect(state.collations.get(collationText(collation))).toMatchObject({ ...collation, caseLevel: false, normalization: false })
  })

  it('has no indexes where it was dropped meanwhile; another failure is one', async () => {
    expect(await listIndexes(fixture.database, 'gone')).toEqual({ indexes: [], building: [] })
    await fixture.database.driver.collection('gone').insertOne({ name: 'x' })
    expect((await listIndexes(fixture.database, 'gone')).indexes).toMatchObject([{ name: '_id_' }])
    await fixture.database.driver.createCollection('seen', { viewOn: 'gone', pipeline: [] })
    expect(await failureOf(listIndexes(fixture.database, 'seen'))).toMatchObject({ codeName: 'CommandNotSupportedOnView' })
  })
})

describe('validators', () => {
  const fixture = useMongo([])
  const named = (name: string) => defineCollection({ name, schema: z.object({ ...objectIdKey(), name: z.string() }) })

  it('are relaxed where they refuse rows, and set back to what they were; a collection that has gone needs neither', async () => {
    const { driver } = fixture.database
    const validator = { $jsonSchema: { required: ['name'] } }
    await driver.createCollection('strict', { validator })
    await driver.createCollection('lenient', { validator, validationAction: 'warn' })
    await driver.createCollection('free')
    const all = ['strict', 'lenient', 'free', 'absent'].map(named)
    const strict = await strictValidators(fixture.database, all)
    expect(strict).toEqual([{ collection: 'strict', action: 'error' }])
    const refusal = () => driver.collection('strict').insertOne({ other: 1 })
    expect(await failureOf(refusal())).toMatchObject({ code: 121 })
    await relaxValidators(fixture.database, [...strict, { collection: 'absent', action: 'error' }])
    await refusal()
    expect(await strictValidators(fixture.database, all)).toEqual([])
    await restoreValidators(fixture.database, [{ collection: 'absent', action: 'error' }, ...strict])
    expect(await failureOf(refusal())).toMatchObject({ code: 121 })
  })

  it('that cannot be set back are a failure', async () => {
    await fixture.database.driver.createCollection('base')
    const broken = [{ collection: 'base', action: 'nonsense' }]
    expect(await failureOf(restoreValidators(fixture.database, broken))).toBeInstanceOf(RepositoryError)
    const [base] = await fixture.database.driver.listCollections({ name: 'base' }, { nameOnly: false }).toArray()
    expect(base?.options).not.toHaveProperty('validationAction')
  })
})

describe('the plan of a script', () => {
  const script = { path: '/somewhere/0001-a/up.ts', text: '', transaction: false }
  const record = { _id: '0001-a', checksum: 'x', appliedAt: new Date('2026-11-21T10:00:00Z'), appliedBy: 'shop@one' }
  const step = { done: 0, changed: 0, total: 0 }

  it('tells what an earlier run has done of it, and of one that is applied nothing', () => {
    const steps = [
      { ...step, what: 'once fill the names', finished: true },
      { ...step, what: 'once mend', finished: false },
    ]
    const told = planScript(script, { ...record, state: 'applying', steps }).map(({ text }) => text)
    expect(told).toEqual([
      'run up.ts: a script, so what it writes is not known before it runs',
      'leave out fill the names, done by an earlier run',
      'go on with mend',
    ])
    expect(planScript(script, { ...record, state: 'applied', steps })).toHaveLength(1)
    expect(planScript(script, { ...record, state: 'applying' })).toHaveLength(1)
    expect(planScript(script, undefined)).toHaveLength(1)
  })
})
