import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { acquireLease, defineCollection, MongoRepository, stringKey } from '../src/mongo/index.ts'
import { failureOf } from './support/mongo.ts'
import { createMongoWorld, type MongoWorld } from './support/mongo-migrations.ts'

const before = defineCollection({ name: 'people', schema: z.object({ ...stringKey(), name: z.string() }) })
const after = defineCollection({
  name: 'people',
  schema: z.object({ ...stringKey(), name: z.string(), phone: z.string().nullable() }),
  indexes: [{ key: { phone: 1 }, unique: true }],
})
const addPhone = {
  up: `await inBatches({ collection: 'people', filter: { phone: { $exists: false } }, change: { $set: { phone: null } } })`,
  down: `await inBatches({ collection: 'people', change: { $unset: { phone: '' } } })`,
}
const anna = { _id: 'canary-4711', name: 'Anna' }
const people = (world: MongoWorld) => world.database.driver.collection<{ _id: string }>('people')
const log = (text: string) => `await database.driver.collection('log').insertOne({ text: '${text}' })`

describe('migrations of MongoDB', () => {
  it('make collections and indexes from nothing, and then have nothing to do', async () => {
    const world = await createMongoWorld([after])
    expect(await world.status()).toMatchObject({
      exitCode: 2,
      afterwards: [/^create collection people/, /^create index ps_phone_1_/].map((pattern) => expect.stringMatching(pattern)),
    })
    expect(await world.up()).toEqual({ changed: [], migrations: [], drift: [], afterwards: [], exitCode: 0 })
    expect(world.lines).toContain('create collection people with its validator')
    expect(await world.status()).toMatchObject({ exitCode: 0 })
  })

  it('move rows to a new shape that the old validator refuses, and back, and leave the structure as it was', async () => {
    const world = await createMongoWorld([before])
    await world.up()
    await new MongoRepository(world.database, before).create({ id: 'anna', name: 'Anna' })
    await world.add('0001-add-phone', addPhone)
    world.declare([after])
    expect(await world.status()).toMatchObject({ exitCode: 2, migrations: [{ name: '0001-add-phone', state: 'pending' }], drift: [] })
    expect(await world.up()).toMatchObject({ changed: ['0001-add-phone'], exitCode: 0, drift: [] })
    expect(await people(world).findOne()).toEqual({ _id: 'anna', name: 'Anna', phone: null })
    expect(await world.up()).toMatchObject({ changed: [] })
    expect(await world.down()).toMatchObject({ changed: ['0001-add-phone'], migrations: [{ state: 'pending' }], drift: [] })
    expect(await people(world).findOne()).toEqual({ _id: 'anna', name: 'Anna' })
    // The release before writes on, until its own run puts its validator back.
    world.declare([before])
    await people(world).updateOne({ _id: 'anna' }, { $set: { name: 'Anne' } })
    expect(await world.status()).toMatchObject({
      exitCode: 2,
      drift: [],
      afterwards: [/^set the validator/, /^hide index/].map((text) => expect.stringMatching(text)),
    })
    expect(await world.history()).toMatchObject([{ event: 'undone' }, { event: 'applied', name: '0001-add-phone' }])
  })

  it('are applied in the order of names, also one that was merged late', async () => {
    const world = await createMongoWorld([before])
    await world.add('0001-first', { up: log('1') })
    await world.add('0003-third', { up: log('3') })
    expect(await world.up()).toMatchObject({ changed: ['0001-first', '0003-third'] })
    await world.add('0002-late', { up: log('2') })
    expect(await failureOf(world.up({ inOrder: true }))).toMatchObject({ message: expect.stringContaining('0002-late comes late') })
    expect(await world.up()).toMatchObject({ changed: ['0002-late'] })
    expect((await world.database.driver.collection('log').find().toArray()).map((entry) => entry['text'])).toEqual(['1', '3', '2'])
  })

  it('refuse one that was changed after it had been applied', async () => {
    const world = await createMongoWorld([before])
    await world.add('0001-once', { up: '' })
    await world.up()
    await world.add('0001-once', { up: 'await people.drop()' })
    expect(await world.status()).toMatchObject({ exitCode: 4 })
    expect(await failureOf(world.up())).toMatchObject({ exitCode: 4 })
  })

  it('do not undo what has no way back, and say the reason that the file gives', async () => {
    const world = await createMongoWorld([before])
    await world.add('0001-oneway', { up: '' })
    await world.up()
    expect(await failureOf(world.down())).toMatchObject({
      message: expect.stringContaining('0001-oneway cannot be undone: it has no down file'),
    })
    await world.add('0002-lossy', { up: '' })
    await writeFile(path.join(world.folder, '0002-lossy', 'down.ts'), '// irreversible: the old texts are gone\n')
    await world.up()
    expect(await failureOf(world.down())).toMatchObject({ message: expect.stringContaining('the old texts are gone') })
  })

  it('name the file that is missing and the function that is not exported', async () => {
    const world = await createMongoWorld([before])
    await mkdir(path.join(world.folder, '0001-empty'))
    expect(await failureOf(world.up())).toMatchObject({ message: '0001-empty has no up.ts.' })
    await writeFile(path.join(world.folder, '0001-empty', 'up.ts'), 'export const down = 1\n')
    expect(await failureOf(world.up())).toMatchObject({ message: '0001-empty failed: up.ts of 0001-empty exports no function up.' })
    expect(await world.status()).toMatchObject({ migrations: [{ state: 'pending' }] })
  })

  it('tell of a failed script the kind of the failure and its line, none of its words, and go on when it is mended', async () => {
    const world = await createMongoWorld([before])
    await world.up()
    await people(world).insertOne(anna)
    await world.add('0001-broken', { up: `${log('before')}\n  throw new TypeError('canary-4711')` })
    expect(await failureOf(world.up())).toMatchObject({ message: '0001-broken failed: TypeError (up.ts:5).' })
    expect(await world.status()).toMatchObject({ migrations: [{ state: 'unfinished' }], drift: [] })
    await world.add('0001-broken', {
      up: `await database.run((call) => people.insertOne({ _id: 'canary-4711' }, call), { entity: 'people' })`,
    })
    expect(await failureOf(world.up())).toMatchObject({
      message: '0001-broken failed: A row with this key exists already in people (up.ts:4).',
    })
    await world.add('0001-broken', { up: '' })
    expect(await world.up()).toMatchObject({ changed: ['0001-broken'], exitCode: 0, drift: [] })
    const history = await world.history()
    expect(history.map(({ event, detail }) => [event, detail])).toEqual([
      ['applied', undefined],
      ['failed', 'A row with this key exists already in people (up.ts:4)'],
      ['failed', 'TypeError (up.ts:5)'],
    ])
  })

  it('are told apart from what was changed by hand', async () => {
    const world = await createMongoWorld([after])
    await world.up()
    const { driver } = world.database
    const [index] = after.indexes
    await people(world).dropIndex(index?.name ?? '')
    await driver.command({ collMod: 'people', validator: {} })
    await people(world).createIndex({ name: 1 }, { name: 'by_hand' })
    const drifted = await world.status()
    expect(drifted.exitCode).toBe(3)
    expect(drifted.drift).toContainEqual({ object: 'index people.by_hand', found: '{"name":1}' })
    expect(drifted.drift).toContainEqual({ object: `index people.${index?.name}`, expected: expect.stringContaining('unique') })
    expect(drifted.drift).toContainEqual({ object: 'field people.phone', expected: expect.any(String) })
    expect(drifted.afterwards).toHaveLength(2)
    await world.add('0001-oneway', { up: '', down: '' })
    await world.up()
    expect(world.lines.join('\n')).toContain('index people.by_hand')
    // What is declared is whole again; the foreign index is left, and stays visible.
    expect((await world.status()).drift).toEqual([{ object: 'index people.by_hand', found: '{"name":1}' }])
    expect(await failureOf(world.down())).toMatchObject({ exitCode: 3 })
    expect(await world.down({ despiteDrift: true })).toMatchObject({ changed: ['0001-oneway'] })
  })

  it('take what the boot of a replica has made for no drift', async () => {
    const world = await createMongoWorld([before])
    await world.up()
    world.declare([after])
    await world.database.prepare([after], { dropHidden: false, onlyMissing: true })
    expect(await world.status()).toMatchObject({
      exitCode: 2,
      drift: [],
      afterwards: [expect.stringContaining('set the validator of people')],
    })
    await world.up()
    expect(await world.status()).toMatchObject({ exitCode: 0, drift: [] })
  })

  it('say beforehand what they will do, as far as a script can be known, with sizes, and do nothing on a dry run', async () => {
    const world = await createMongoWorld([before])
    await world.up()
    await people(world).insertMany([{ _id: 'a' }, { _id: 'b' }, { _id: 'c' }].map((row) => ({ ...row, name: 'x' })))
    await people(world).createIndex({ name: -1 }, { name: 'adhoc' })
    await world.add('0001-add-phone', addPhone)
    world.declare([after])
    const { migrations, afterwards } = await world.plan()
    expect(migrations).toMatchObject([{ name: '0001-add-phone', statements: [{ text: expect.stringContaining('run up.ts: a script') }] }])
    expect(afterwards).toMatchObject([
      { text: 'set the validator of people: 3 rows break it, stay as they are, and cannot be changed until it fits', rows: 3 },
      { text: expect.stringMatching(/^create index ps_phone_1_\w+ on people \(phone 1; unique; partial\)$/), rows: 3 },
      { text: 'index adhoc on people was not made by db-core: left alone', informative: true },
    ])
    await world.up({ dryRun: true })
    expect(await people(world).countDocuments({ phone: { $exists: true } })).toBe(0)
    expect(await world.status()).toMatchObject({ migrations: [{ state: 'pending' }] })
  })

  it('restore the validators that they relax, also when they fail', async () => {
    const world = await createMongoWorld([before])
    await world.up()
    const action = async () =>
      (await world.database.driver.listCollections({ name: 'people' }, { nameOnly: false }).next())?.options?.['validationAction']
    await world.add('0001-broken', {
      up: `await people.insertOne({ _id: 'odd', size: 1 }); await database.driver.collection('log').insertOne({}); throw new Error()`,
    })
    await failureOf(world.up())
    expect(await people(world).countDocuments()).toBe(1)
    expect(await action()).toBe('error')
    expect(await world.status()).toMatchObject({ migrations: [{ state: 'unfinished' }] })
  })

  it('are applied once when eight start at the same time', async () => {
    const world = await createMongoWorld([after])
    await world.add('0001-count', { up: log('once') })
    const reports = await Promise.all(Array.from({ length: 8 }, () => world.up()))
    expect(reports.flatMap((report) => report.changed)).toEqual(['0001-count'])
    expect(await world.database.driver.collection('log').countDocuments()).toBe(1)
  })

  it('wait for another run only as long as they were told', async () => {
    const world = await createMongoWorld([after])
    const lease = await acquireLease(world.database, { name: 'migrations', waitMs: 1000 })
    expect(await failureOf(world.up({ waitMs: 300 }))).toMatchObject({
      message: expect.stringContaining('Another run of migrations holds the lock'),
    })
    expect(world.lines).toEqual([expect.stringContaining('another run is at work')])
    await lease.release()
    await world.up({ waitMs: 300 })
  })
})

describe('indexes and validators that follow the migrations', () => {
  const indexNames = async (world: MongoWorld) =>
    (await people(world).indexes()).map(({ name, hidden }) => (hidden ? `${name} hidden` : name))
  const [phoneIndex] = after.indexes

  it('hide what is no longer declared, keep it for its hours, show it again for a release that goes back, and drop it in the end', async () => {
    const world = await createMongoWorld([after])
    await world.up()
    const without = defineCollection({ name: 'people', schema: after.schema })
    world.declare([without])
    expect((await world.status()).afterwards).toEqual([
      `hide index ${phoneIndex?.name} on people, which is no longer declared; it refuses duplicates until it is dropped`,
    ])
    expect(await world.up()).toMatchObject({ exitCode: 0, afterwards: [], drift: [] })
    expect(await indexNames(world)).toEqual(['_id_', `${phoneIndex?.name} hidden`])
    expect((await world.plan()).afterwards).toMatchObject([
      { text: expect.stringContaining('stays until a later run drops it'), informative: true },
    ])
    await world.up()
    expect(await indexNames(world)).toHaveLength(2)
    // The release before starts again, without a run of migrations.
    await world.database.prepare([after], { dropHidden: false, onlyMissing: true })
    expect(await indexNames(world)).toEqual(['_id_', phoneIndex?.name])
    world.declare([after])
    expect(await world.status()).toMatchObject({ exitCode: 0, drift: [] })
    world.declare([without], { hiddenIndexHours: 0 })
    await world.up()
    expect(await indexNames(world)).toHaveLength(2)
    expect(await world.status()).toMatchObject({
      exitCode: 2,
      afterwards: [`drop index ${phoneIndex?.name} on people, which an earlier run has hidden`],
    })
    await world.up()
    expect(await indexNames(world)).toEqual(['_id_'])
    expect(await world.status()).toMatchObject({ exitCode: 0, drift: [] })
  })

  it('end with words for a unique index that rows break, with all else done, and go on when the rows are mended', async () => {
    const world = await createMongoWorld([before])
    await world.up()
    await people(world).insertMany([1, 2, 3].map((id) => ({ _id: `id-${id}`, name: 'canary-4711' })))
    const unique = defineCollection({ name: 'people', schema: before.schema, indexes: [{ key: { name: 1 }, unique: true }] })
    const further = defineCollection({ name: 'further', schema: before.schema })
    world.declare([unique, further])
    const failure = await failureOf(world.up())
    expect(failure).toMatchObject({
      message: expect.stringMatching(/^The unique index ps_name_1_\w+ of people cannot be built: 1 key is shared by 3 rows \(name\)\.$/),
    })
    expect(await world.status()).toMatchObject({ exitCode: 2, drift: [], afterwards: [expect.stringContaining('create index ps_name_1')] })
    await world.add('0001-name-apart', {
      up: `await inBatches({ collection: 'people', change: (row) => ({ $set: { name: row.name + row._id } }) })`,
      down: '',
    })
    expect(await world.up()).toMatchObject({ exitCode: 0 })
  })

  it('put a validator before rows that break it, and tell how many there are', async () => {
    const world = await createMongoWorld([before])
    await world.up()
    await people(world).insertMany([{ _id: 'a' }, { _id: 'b' }].map((row) => ({ ...row, name: 'x' })))
    world.declare([after])
    await world.up()
    expect(world.lines).toContain('set the validator of people: 2 rows break it, stay as they are, and cannot be changed until it fits')
    expect(await failureOf(people(world).updateOne({ _id: 'a' }, { $set: { name: 'y' } }))).toMatchObject({ code: 121 })
    expect(await people(world).countDocuments()).toBe(2)
  })
})
