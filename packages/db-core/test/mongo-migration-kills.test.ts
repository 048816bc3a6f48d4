import { describe, expect, it } from 'vitest'
import { failureOf } from './support/mongo.ts'
import { startMigrationProcess } from './support/mongo-migration-process.ts'
import { createMongoWorld, endLease, type MongoWorld } from './support/mongo-migrations.ts'
import { people } from './support/people.ts'

const runners = 8
const files = 20
const seeds = Number(process.env['MIGRATION_SEEDS'] ?? 1)
/** Holds the process still at a point that the test waits for, until it is killed. */
const stop = (point: string) => `if (process.env.STOP) { process.send({ at: '${point}' }); await new Promise(() => {}) }`

async function insertPeople(world: MongoWorld, ids: readonly unknown[]): Promise<void> {
  await world.database.driver.collection<{ _id: unknown; visits: number }>('people').insertMany(ids.map((_id) => ({ _id, visits: 0 })))
}

/** How often each row was changed. */
async function visits(world: MongoWorld): Promise<unknown[]> {
  return await world.database.driver.collection('people').distinct('visits')
}

describe('a data migration that is killed', () => {
  it('goes on with the batch in which it was, and changes no row twice', async () => {
    const world = await createMongoWorld()
    const ids = Array.from({ length: 1000 }, (_, position) => position)
    await insertPeople(world, ids)
    await world.add('0001-visit', {
      up: `
        let batch = 0
        await once('note the beginning', (tx) => database.driver.collection('notes').insertOne({}, { session: tx.session }))
        await inBatches({ collection: 'people', size: 100, write: async (rows, tx) => {
          await people.updateMany({ _id: { $in: rows.map((row) => row._id) } }, { $inc: { visits: 1 } }, { session: tx.session })
          batch += 1
          if (batch === 4) { ${stop('in the fourth batch')} }
        } })`,
    })
    const killed = startMigrationProcess(world, { STOP: '1' })
    expect(await killed.heard(/fourth/)).toBe('in the fourth batch')
    await killed.kill()
    expect(await world.database.driver.collection('people').countDocuments({ visits: 1 })).toBe(300)
    expect((await world.plan()).migrations).toMatchObject([
      {
        statements: [
          {},
          { text: 'leave out note the beginning, done by an earlier run' },
          { text: 'go on with people: 300 of 1,000 (30 %)' },
        ],
      },
    ])
    await endLease(world.database)
    expect(await world.up()).toMatchObject({ changed: ['0001-visit'], exitCode: 0, drift: [] })
    expect(world.lines).toContain('people: going on after 300 of 1,000 (30 %)')
    expect(world.lines).toContain('people: 1,000 of 1,000 (100 %)')
    expect(await visits(world)).toEqual([1])
    expect(await world.database.driver.collection('notes').countDocuments()).toBe(1)
  })

  it('leaves its validators relaxed, and the next run restores them', async () => {
    const world = await createMongoWorld([people])
    await world.up()
    const action = async () =>
      (await world.database.driver.listCollections({ name: 'people' }, { nameOnly: false }).next())?.options?.['validationAction']
    await world.add('0001-odd', { up: `await people.insertOne({ _id: 'odd', size: 1 }); ${stop('with an odd row')}` })
    const killed = startMigrationProcess(world, { STOP: '1', DECLARED: 'people' })
    expect(await killed.heard(/odd/)).toBe('with an odd row')
    await killed.kill()
    expect(await action()).toBe('warn')
    await endLease(world.database)
    expect(await world.status()).toMatchObject({ exitCode: 2, drift: [] })
    await world.add('0001-odd', { up: `await people.deleteOne({ _id: 'odd' })` })
    await world.up()
    expect(await action()).toBe('error')
    expect(await world.database.driver.collection('polystore_migrations').findOne()).not.toHaveProperty('relaxed')
  })

  it('stops at once when another run has taken over, and writes nothing more', async () => {
    const world = await createMongoWorld()
    const note = (name: string) =>
      `await once('${name}', (tx) => database.driver.collection('notes').insertOne({}, { session: tx.session }));`
    const takeOver = `await database.driver.collection('polystore_leases').updateOne({ _id: 'migrations fence' }, { $inc: { token: 1 } });`
    await world.add('0001-notes', { up: `${note('first')} ${takeOver} ${note('second')}` })
    expect(await failureOf(world.up())).toMatchObject({ message: expect.stringContaining('The lock of migrations was lost') })
    expect(await world.database.driver.collection('notes').countDocuments()).toBe(1)
    expect(await world.status()).toMatchObject({ migrations: [{ state: 'unfinished' }] })
  })

  it('may be mended in what it has not begun, and not in what it has', async () => {
    const world = await createMongoWorld()
    await insertPeople(world, ['a', 'b'])
    const first = `await inBatches({ collection: 'people', filter: { visits: 0 }, change: { $inc: { visits: 1 } } });`
    await world.add('0001-two', { up: `${first} throw new Error()` })
    await failureOf(world.up())
    await world.add('0001-two', { up: `await once('another beginning', async () => {}); ${first}` })
    expect(await failureOf(world.up())).toMatchObject({ message: expect.stringContaining('Step 1 of 0001-two is not the one') })
    await world.add('0001-two', { up: `${first} await inBatches({ collection: 'people', change: { $inc: { visits: 10 } } })` })
    await world.up()
    expect(await visits(world)).toEqual([11])
  })
})

describe('a walk in batches', () => {
  it('visits rows whose keys are of several types, changes them as it is told, and sees what a filter lets through', async () => {
    const world = await createMongoWorld()
    await insertPeople(world, [1, 2, 3, 'a', 'b', new Date(0), null, { part: 1 }])
    const walk = (more: string) => `await inBatches({ collection: 'people', size: 2, ${more} });`
    await world.add('0001-walk', {
      up: [
        walk(`change: { $inc: { visits: 1 } }`),
        walk(`change: [{ $set: { double: { $multiply: ['$visits', 2] } } }]`),
        walk(`filter: { _id: { $type: 'string' } }, change: (row) => ({ $set: { name: row._id + '!' } })`),
        walk(`change: (row) => (row._id === 1 ? { whole: true } : undefined)`),
      ].join('\n'),
    })
    await world.up()
    const rows = await world.database.driver.collection('people').find().toArray()
    expect(rows.filter((row) => row['double'] === 2 && row['visits'] === 1)).toHaveLength(7)
    expect(rows.find((row) => Number(row._id) === 1 && typeof row._id === 'number')).toEqual({ _id: 1, whole: true })
    expect(rows.flatMap((row) => row['name'] ?? [])).toEqual(['a!', 'b!'])
  })

  it('takes fewer rows at a time where others write to them, and ends', async () => {
    const world = await createMongoWorld()
    await insertPeople(
      world,
      Array.from({ length: 200 }, (_, position) => position),
    )
    await world.add('0001-visit', { up: `await inBatches({ collection: 'people', change: { $inc: { visits: 1 } } })` })
    const rows = world.database.driver.collection<{ _id: number }>('people')
    let ended = false
    const writing = (async () => {
      for (let turn = 0; !ended; turn += 1) await rows.updateOne({ _id: turn % 200 }, { $inc: { others: 1 } })
    })()
    try {
      await world.up()
    } finally {
      ended = true
      await writing
    }
    expect(await visits(world)).toEqual([1])
  })
})

describe('many runners', () => {
  it.each(Array.from({ length: seeds }, (_, seed) => seed + 1))(
    `${runners} processes and ${files} data migrations, one killed: each is applied once, seed %i`,
    { timeout: 120_000 },
    async (seed) => {
      const world = await createMongoWorld()
      await insertPeople(
        world,
        Array.from({ length: 60 }, (_, position) => position),
      )
      for (let file = 1; file <= files; file += 1) {
        const name = `${String(file).padStart(4, '0')}-visit`
        const walk = `await inBatches({ collection: 'people', size: 20, change: { $inc: { visits: 1 }, $push: { files: ${file} } } })`
        await world.add(name, { up: `log('at file ${file}'); ${walk}` })
      }
      const processes = Array.from({ length: runners }, () => startMigrationProcess(world))
      const fatal = new RegExp(`^at file ${1 + ((seed * 7) % files)}$`)
      const victim = await Promise.race(
        processes.map(async (process) => ((await process.heard(fatal)) === undefined ? new Promise<never>(() => {}) : process)),
      )
      await victim.kill()
      await endLease(world.database)
      const changed = await Promise.all(processes.map((process) => process.ended()))
      const names = Array.from({ length: files }, (_, file) => `${String(file + 1).padStart(4, '0')}-visit`)
      expect(await world.status()).toMatchObject({ exitCode: 0, migrations: names.map((name) => ({ name, state: 'applied' })) })
      expect(new Set(changed.flatMap((all) => all ?? [])).size).toBe(changed.flatMap((all) => all ?? []).length)
      expect(await visits(world)).toEqual([files])
      const order = await world.database.driver.collection('people').findOne()
      expect(order?.['files']).toEqual(names.map((_, file) => file + 1))
    },
  )
})
