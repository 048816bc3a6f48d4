import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { CheckError, InvalidValueError, LockTimeoutError, RepositoryError, UnavailableError } from '../src/errors/repository-error.ts'
import type { Migration } from '../src/migrations/store/migration.ts'
import { MongoMigrationStore, openMongoMigrationStore } from '../src/migrations/mongo/mongo-migration-store.ts'
import { explainScriptFailure, scriptOf } from '../src/migrations/mongo/mongo-script.ts'
import { readMongoRecords } from '../src/migrations/readiness/read-mongo-records.ts'
import { MigrationError } from '../src/migrations/store/migration-error.ts'
import { acquireLease, defineCollection, stringKey } from '../src/mongo/index.ts'
import { failureOf, useMongo } from './support/mongo.ts'
import { createMongoWorld, endLease } from './support/mongo-migrations.ts'

const people = defineCollection({ name: 'people', schema: z.object({ ...stringKey(), name: z.string() }), indexes: [] })

describe('a script', () => {
  const script = { path: '/somewhere/0001-a/up.ts', text: '', transaction: false }
  const migration: Migration = { name: '0001-a', up: script, down: undefined, checksum: 'x' }

  it('without a way back is refused with the reason, if there is one', () => {
    expect(scriptOf(migration, 'up')).toBe(script)
    expect(() => scriptOf(migration, 'down')).toThrow(new MigrationError('0001-a cannot be undone: it has no down.ts.'))
    const lossy = { ...migration, irreversible: 'the old texts are gone' }
    expect(() => scriptOf(lossy, 'down')).toThrow(new MigrationError('0001-a cannot be undone: the old texts are gone.'))
  })

  it('that fails is explained by words that are known to hold no value, and by the line if it was thrown there', () => {
    expect(explainScriptFailure(new MigrationError('It is refused.'), script)).toBe('It is refused')
    expect(explainScriptFailure(new LockTimeoutError('not in time'), script)).toBe('not in time')
    expect(explainScriptFailure(new RangeError('canary-4711'), script)).toBe('RangeError')
    expect(explainScriptFailure('canary-4711', script)).toBe('string')
    expect(explainScriptFailure(undefined, script)).toBe('undefined')
    const thrown = (at: string) => Object.assign(new TypeError('canary-4711'), { stack: `TypeError: canary-4711\n    at up (${at})` })
    expect(explainScriptFailure(thrown(`file://${script.path}?0a1b2c:12:3`), script)).toBe('TypeError (up.ts:12)')
    expect(explainScriptFailure(thrown(`file://${script.path}:7:3`), script)).toBe('TypeError (up.ts:7)')
    expect(explainScriptFailure(thrown(script.path), script)).toBe('TypeError')
    expect(explainScriptFailure(Object.assign(new TypeError('x'), { stack: undefined }), script)).toBe('TypeError')
  })

  it('leaves out by name what an earlier run has done once', async () => {
    const world = await createMongoWorld([people])
    const once = `await once('names', async (tx) => {
      await people.insertOne({ _id: 'a', name: 'x' }, { session: tx.session })
    })`
    await world.add('0001-fill', { up: `${once}\n  throw new TypeError('not yet')` })
    expect(await failureOf(world.up())).toBeInstanceOf(MigrationError)
    expect((await world.plan()).migrations).toMatchObject([
      { statements: [expect.anything(), { text: 'leave out names, done by an earlier run' }] },
    ])
    await world.add('0001-fill', { up: once })
    expect(await world.up()).toMatchObject({ changed: ['0001-fill'], exitCode: 0 })
    expect(world.lines).toContainEqual(expect.stringContaining('names: done by an earlier run'))
    expect(await world.database.driver.collection('people').countDocuments()).toBe(1)
  })

  it('may drop a collection whose validator was relaxed for it, and rename one', async () => {
    const other = defineCollection({ name: 'others', schema: people.schema, indexes: [] })
    const world = await createMongoWorld([people, other])
    await world.up()
    await world.add('0001-drop', { up: `await people.drop(); await database.driver.collection('others').rename('kept')` })
    world.declare([])
    expect(await world.up()).toMatchObject({ changed: ['0001-drop'] })
    world.declare([people, other])
    await world.add('0002-drop-again', { up: `await people.drop(); await database.driver.collection('others').drop()` })
    expect(await world.up()).toMatchObject({ changed: ['0002-drop-again'], exitCode: 0 })
    const made = await world.database.driver.listCollections({ name: { $in: ['people', 'others'] } }, { nameOnly: false }).toArray()
    expect(made).toHaveLength(2)
    for (const { options } of made) expect(options).not.toMatchObject({ validationAction: 'warn' })
  })
})

describe('a run', () => {
  const fixture = useMongo([])

  it('changes nothing without the lock', async () => {
    const world = await createMongoWorld([people])
    await world.add('0001-fill', { up: '' })
    const store = await openMongoMigrationStore(world.url, { folder: world.folder, collections: [people] }, 5000)
    onTestFinished(() => store.close())
    const refusal = { name: 'MigrationError', message: 'Nothing is changed without the lock of migrations.' }
    await store.prepare()
    expect(await failureOf(store.afterwards?.run({ log: () => {} }) ?? Promise.resolve())).toMatchObject(refusal)
    expect(await failureOf(store.record({ forget: ['0001-fill'], history: [] }))).toMatchObject(refusal)
    expect(await world.status()).toMatchObject({ migrations: [{ state: 'pending' }] })
    expect(await world.database.driver.listCollections({ name: 'people' }).toArray()).toEqual([])
  })

  it('does not turn back half-way: what is half applied is not undone, and the other way round', async () => {
    const world = await createMongoWorld([people])
    await world.add('0001-fill', { up: `throw new TypeError('not yet')`, down: '' })
    expect(await failureOf(world.up())).toBeInstanceOf(MigrationError)
    const fileOf = (direction: string) => ({ path: `${world.folder}/0001-fill/${direction}.ts`, text: direction, transaction: false })
    const migration: Migration = { name: '0001-fill', up: fileOf('up'), down: fileOf('down'), checksum: 'x' }
    const store = await openMongoMigrationStore(world.url, { folder: world.folder, collections: [people] }, 5000)
    onTestFinished(() => store.close())
    await store.lock(5000, () => {})
    const context = { log: () => {} }
    expect(await failureOf(store.run(migration, 'down', context))).toMatchObject({
      message: expect.stringContaining('0001-fill is half applied; finish that first'),
    })
    const records = world.database.driver.collection<{ _id: string }>('polystore_migrations')
    await records.updateOne({ _id: '0001-fill' }, { $set: { state: 'undoing' } })
    expect(await failureOf(store.run(migration, 'up', context))).toMatchObject({
      message: expect.stringContaining('0001-fill is half undone; finish that first'),
    })
    expect((await world.history()).map(({ event }) => event)).toEqual(['failed', 'failed', 'failed'])
  })

  it('on a database that cannot be reached ends as unavailable, and one whose connection has gone can be closed', async () => {
    const source = { folder: '/nowhere', collections: [] }
    expect(await failureOf(openMongoMigrationStore('mongodb://127.0.0.1:1/none', source, 100))).toBeInstanceOf(UnavailableError)
    const database = fixture.connect()
    const store = new MongoMigrationStore(database, source, 'shop')
    await store.lock(5000, () => {})
    await database.close()
    const failure = await failureOf(store.lock(100, () => {}))
    expect(failure).toBeInstanceOf(RepositoryError)
    expect(failure).not.toBeInstanceOf(LockTimeoutError)
    await expect(store.close()).resolves.toBeUndefined()
  })

  it('writes down by whom it was, where the database knows its user', async () => {
    const store = new MongoMigrationStore(fixture.connect(), { folder: '/nowhere', collections: [] }, 'shop')
    onTestFinished(() => store.close())
    await endLease(fixture.database)
    await store.lock(5000, () => {})
    await store.prepare()
    await store.record({ history: [{ event: 'repaired', name: 'table a' }] })
    expect(await store.readHistory(1)).toMatchObject([{ event: 'repaired', name: 'table a', by: expect.stringMatching(/^shop@/) }])
  })

  it('finds no migrations where the records are those of somebody else', async () => {
    const { driver } = fixture.connect()
    const database = fixture.database
    const records = driver.collection<{ _id: string | number }>('polystore_migrations')
    await records.deleteMany({})
    expect(await readMongoRecords(database)).toEqual([])
    for (const record of [{ _id: 1, state: 'applied' }, { _id: '0001-a' }, { _id: '0001-a', state: 'dreaming' }]) {
      await records.insertOne(record)
      expect(await failureOf(readMongoRecords(database))).toMatchObject({
        name: InvalidValueError.name,
        message: 'The collection polystore_migrations has another shape.',
      })
      await records.deleteMany({})
    }
    for (const state of ['applied', 'applying', 'undoing'])
      await records.insertOne(Object.assign({ _id: state, state }, state === 'applied' && { contract: '0001-a' }))
    expect(await readMongoRecords(database)).toEqual([
      { name: 'applied', state: 'applied', contract: '0001-a' },
      { name: 'applying', state: 'applying' },
      { name: 'undoing', state: 'undoing' },
    ])
  })
})

describe('a lease', () => {
  const fixture = useMongo([])
  const leases = () => fixture.database.driver.collection<{ _id: string; token?: number }>('polystore_leases')

  it('tells once that another holds it, and waits for that one', async () => {
    const first = await acquireLease(fixture.database, { name: 'told', waitMs: 0 })
    let told = 0
    const onWait = () => {
      told += 1
      void (told === 1 && first.release())
    }
    const second = await acquireLease(fixture.database, { name: 'told', waitMs: 10_000, onWait })
    expect(told).toBe(1)
    expect(second.token).toBe(first.token + 1)
    await second.release()
    const third = await acquireLease(fixture.database, { name: 'told', waitMs: 0 })
    expect(await failureOf(acquireLease(fixture.database, { name: 'told', waitMs: 500 }))).toBeInstanceOf(LockTimeoutError)
    await third.release()
  })

  it('is not given out to one whom a later holder has overtaken', async () => {
    await leases().insertOne({ _id: 'late fence', token: 7 })
    expect(await failureOf(acquireLease(fixture.database, { name: 'late', waitMs: 0 }))).toMatchObject({
      name: 'LockTimeoutError',
      message: 'The lease late was lost.',
    })
    expect(await leases().findOne({ _id: 'late fence' })).toEqual({ _id: 'late fence', token: 7 })
  })

  it('is lost, by its own clock, to a holder that can no longer renew it', async () => {
    const database = fixture.connect()
    const startedAt = performance.now()
    const lease = await acquireLease(database, { name: 'cut', waitMs: 0, lifeMs: 300 })
    const lost = new Promise((resolve) => lease.signal.addEventListener('abort', () => resolve(lease.signal.reason)))
    await database.close()
    expect(lease.signal.aborted).toBe(false)
    expect(await lost).toMatchObject({ name: 'LockTimeoutError', message: 'The lease cut was lost.' })
    // Not with the first renewal that fails, for the next one may not.
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(300)
  })

  it('that the database refuses is no lease that another holds', async () => {
    const { driver } = fixture.database
    const refuse = (validator: object) => driver.command({ collMod: 'polystore_leases', validator })
    for (const field of ['owner', 'writes']) {
      await refuse({ [field]: { $exists: false } })
      expect(await failureOf(acquireLease(fixture.database, { name: `refused ${field}`, waitMs: 0 }))).toBeInstanceOf(CheckError)
    }
    await refuse({})
    const lease = await acquireLease(fixture.database, { name: 'refused owner', waitMs: 0 })
    await lease.release()
  })
})
