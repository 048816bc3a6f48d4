import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { LockTimeoutError } from '../src/errors/repository-error.ts'
import { acquireLease, defineCollection, migrateMongo, MongoRepository, stringKey, type CollectionDefinition } from '../src/mongo/index.ts'
import { failureOf, useMongo } from './support/mongo.ts'

const before = defineCollection({ name: 'people', schema: z.object({ ...stringKey(), name: z.string() }) })
const after = defineCollection({
  name: 'people',
  schema: z.object({ ...stringKey(), name: z.string(), phone: z.string().nullable() }),
  indexes: [{ key: { phone: 1 }, unique: true }],
})

describe('migrateMongo', () => {
  const fixture = useMongo([])
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'polystore-migrations-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))
  beforeEach(async () => {
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder)
    await fixture.database.driver.dropDatabase()
  })

  /** Every file has a name of its own, for Node loads a file once. */
  async function addMigration(name: string, scripts: { up: string; down?: string }): Promise<void> {
    await mkdir(path.join(folder, name), { recursive: true })
    for (const [direction, body] of Object.entries(scripts)) {
      const source = `export async function ${direction}(database: { driver: any }) { const people = database.driver.collection('people'); ${body} }\n`
      await writeFile(path.join(folder, name, `${direction}.ts`), source)
    }
  }
  const run = (
    command: 'up' | 'down' | 'status',
    collections: readonly CollectionDefinition[],
    more: { log?: (line: string) => void; waitMs?: number } = {},
  ) => migrateMongo({ url: fixture.url, folder, collections, command, ...more })
  const addPhone = {
    up: `await people.updateMany({ phone: { $exists: false } }, { $set: { phone: null } })`,
    down: `await people.updateMany({}, { $unset: { phone: '' } })`,
  }

  it('makes collections and indexes from nothing, and then has nothing to do', async () => {
    expect(await run('status', [after])).toMatchObject({ exitCode: 2, changed: [] })
    const lines: string[] = []
    expect(await run('up', [after], { log: (line) => void lines.push(line) })).toEqual({
      changed: [],
      migrations: [],
      plan: [],
      exitCode: 0,
    })
    expect(lines).toContain('create-collection people')
    expect(await run('status', [after])).toMatchObject({ exitCode: 0, plan: [] })
  })

  it('moves rows to a new shape that the old validator refuses, and back', async () => {
    await run('up', [before])
    await new MongoRepository(fixture.database, before).create({ id: 'anna', name: 'Anna' })
    await addMigration('0001-add-phone', addPhone)
    expect(await run('status', [after])).toMatchObject({ exitCode: 2, migrations: [{ name: '0001-add-phone', state: 'pending' }] })
    expect(await run('up', [after])).toMatchObject({ changed: ['0001-add-phone'], exitCode: 0 })
    expect(await fixture.database.driver.collection('people').findOne()).toEqual({ _id: 'anna', name: 'Anna', phone: null })
    expect(await run('up', [after])).toMatchObject({ changed: [] })
    expect(await run('down', [after])).toMatchObject({ changed: ['0001-add-phone'], migrations: [{ state: 'pending' }] })
    expect(await fixture.database.driver.collection('people').findOne()).toEqual({ _id: 'anna', name: 'Anna' })
  })

  it('applies in the order of names, also one that was merged late', async () => {
    await run('up', [before])
    const log = (text: string) => ({ up: `await database.driver.collection('log').insertOne({ text: '${text}' })` })
    await addMigration('0001-first', log('1'))
    await addMigration('0003-third', log('3'))
    expect(await run('up', [before])).toMatchObject({ changed: ['0001-first', '0003-third'] })
    await addMigration('0002-late', log('2'))
    expect(await run('up', [before])).toMatchObject({ changed: ['0002-late'] })
    expect((await fixture.database.driver.collection('log').find().toArray()).map((entry) => entry['text'])).toEqual(['1', '3', '2'])
  })

  it('refuses a migration that was changed after it had been applied', async () => {
    await addMigration('0001-once', { up: '' })
    await run('up', [before])
    await addMigration('0001-once', { up: 'await people.drop()' })
    expect(await run('status', [before])).toMatchObject({ exitCode: 4 })
    expect(await failureOf(run('up', [before]))).toMatchObject({ exitCode: 4 })
  })

  it('says when there is no way back, and does not record what failed', async () => {
    await addMigration('0001-oneway', { up: '' })
    await addMigration('0002-broken', { up: `throw new Error('canary-4711')` })
    const error = await failureOf(run('up', [before]))
    expect(error).toMatchObject({ message: '0002-broken failed.' })
    expect(await run('status', [before])).toMatchObject({ migrations: [{ state: 'applied' }, { state: 'pending' }] })
    expect(await failureOf(run('down', [before]))).toMatchObject({ message: '0001-oneway has no down.ts.' })
  })

  it('names the folder that is none, the file that is missing, and the function that is not exported', async () => {
    await mkdir(path.join(folder, 'first'))
    expect(await failureOf(run('up', [before]))).toMatchObject({ message: 'The folder first is not named NNNN-what-it-does.' })
    await rm(path.join(folder, 'first'), { recursive: true })
    await mkdir(path.join(folder, '0001-empty'))
    expect(await failureOf(run('up', [before]))).toMatchObject({ message: '0001-empty has no up.ts.' })
    await writeFile(path.join(folder, '0001-empty', 'up.ts'), 'export const down = 1\n')
    expect(await failureOf(run('up', [before]))).toMatchObject({ message: '0001-empty exports no function up.' })
    expect(await run('status', [before])).toMatchObject({ migrations: [{ state: 'pending' }] })
  })

  it('tells of a failed file the class of the failure and none of its words', async () => {
    const errors = new URL('../src/errors/repository-error.ts', import.meta.url).href
    await addMigration('0001-refused', { up: `const { ConflictError } = await import('${errors}'); throw new ConflictError('canary')` })
    expect(await failureOf(run('up', [before]))).toMatchObject({ message: expect.stringMatching(/^0001-refused failed/) })
    await rm(path.join(folder, '0001-refused'), { recursive: true })
    await addMigration('0002-broken', { up: `throw new Error('canary')` })
    const failure = await failureOf(run('up', [before]))
    expect(failure).toMatchObject({ message: '0002-broken failed.' })
  })

  it('tells of each file that it was applied or undone', async () => {
    const lines: string[] = []
    const log = (line: string) => void (line.startsWith('create') || line.startsWith('set') || lines.push(line))
    await addMigration('0004-told', { up: '', down: '' })
    const options = { url: fixture.url, folder: pathToFileURL(folder), collections: [before], log }
    await migrateMongo({ ...options, command: 'up' })
    await migrateMongo({ ...options, command: 'down' })
    expect(lines).toMatchObject([
      expect.stringMatching(/^applied 0004-told \(\d+ ms\)$/),
      expect.stringMatching(/^undone 0004-told \(\d+ ms\)$/),
    ])
  })

  it('lets a file that cannot be read be an error, not a file that is not there', async () => {
    await mkdir(path.join(folder, '0005-odd', 'up.ts'), { recursive: true })
    expect(await failureOf(run('status', [before]))).toMatchObject({ code: 'EISDIR' })
  })

  it('has nothing to undo where nothing was done', async () => {
    await addMigration('0003-later', { up: '', down: '' })
    expect(await run('down', [before])).toMatchObject({ changed: [], migrations: [{ state: 'pending' }] })
  })

  it('applies each file once when eight start at the same time', async () => {
    await addMigration('0001-count', { up: `await database.driver.collection('log').insertOne({})` })
    const reports = await Promise.all(Array.from({ length: 8 }, () => run('up', [after])))
    expect(reports.flatMap((report) => report.changed)).toEqual(['0001-count'])
    expect(await fixture.database.driver.collection('log').countDocuments()).toBe(1)
  })

  it('waits for another run only as long as it was told', async () => {
    const lease = await acquireLease(fixture.database, { name: 'migrations', waitMs: 1000 })
    expect(await failureOf(run('up', [after], { waitMs: 300 }))).toBeInstanceOf(LockTimeoutError)
    await lease.release()
    await run('up', [after], { waitMs: 300 })
  })
})

describe('a lease', () => {
  const fixture = useMongo([])

  it('is had by one at a time, and is free again when its holder is gone', async () => {
    const first = await acquireLease(fixture.database, { name: 'work', waitMs: 1000 })
    expect(await failureOf(acquireLease(fixture.database, { name: 'work', waitMs: 300 }))).toBeInstanceOf(LockTimeoutError)
    await first.requireHeld()
    await fixture.database.driver.collection('polystore_leases').updateOne({}, [{ $set: { expiresAt: { $subtract: ['$$NOW', 1] } } }])
    const second = await acquireLease(fixture.database, { name: 'work', waitMs: 1000 })
    expect(await failureOf(first.requireHeld())).toBeInstanceOf(LockTimeoutError)
    await first.release()
    await second.requireHeld()
    await second.release()
  })

  it('is had by one of many who ask for it at the same time, for the first time and after that', async () => {
    for (const name of ['first', 'second']) {
      for (let round = 0; round < 2; round += 1) {
        const asked = Array.from({ length: 12 }, () => acquireLease(fixture.database, { name, waitMs: 0 }))
        const outcomes = await Promise.allSettled(asked)
        const held = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
        expect(held).toHaveLength(1)
        for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(LockTimeoutError)
        await held[0]?.release()
      }
    }
  })

  it('lives on while its holder does', async () => {
    const lease = await acquireLease(fixture.database, { name: 'long', waitMs: 1000, lifeMs: 300 })
    expect(await failureOf(acquireLease(fixture.database, { name: 'long', waitMs: 900 }))).toBeInstanceOf(LockTimeoutError)
    await lease.requireHeld()
    await lease.release()
  })
})
