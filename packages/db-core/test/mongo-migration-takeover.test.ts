import { rm } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { repairMigrations, type RepairOptions } from '../src/migrations/runner/repair-migrations.ts'
import { MigrationError } from '../src/migrations/store/migration-error.ts'
import { defineCollection, stringKey } from '../src/mongo/index.ts'
import { failureOf } from './support/mongo.ts'
import { createMongoWorld, endLease, type MongoWorld } from './support/mongo-migrations.ts'

const people = defineCollection({ name: 'people', schema: z.object({ ...stringKey(), name: z.string() }), indexes: [] })
const actionOf = async ({ database }: MongoWorld): Promise<unknown> => {
  const [found] = await database.driver.listCollections({ name: 'people' }, { nameOnly: false }).toArray()
  return found?.options?.['validationAction'] ?? 'error'
}

/** What another run does that takes this one for dead. */
const takeOver = `
  const leases = database.driver.collection('polystore_leases')
  await leases.updateOne({ _id: 'migrations' }, { $set: { owner: 'another' }, $inc: { token: 1 } })
  await leases.updateOne({ _id: 'migrations fence' }, { $inc: { token: 1 } })`
const fill = `await once('fill', async (tx) => { await people.insertOne({ _id: 'a', name: 'x' }, { session: tx.session }) })`

describe('a run that another has taken over', () => {
  it('stops with nothing written since, and the other finishes what is left', async () => {
    const world = await createMongoWorld([people])
    await world.up()
    await world.add('0001-fill', { up: `${takeOver}\n  ${fill}` })
    expect(await failureOf(world.up())).toMatchObject({
      name: 'MigrationError',
      message: expect.stringMatching(/^The lock of migrations was lost, so this run has stopped\. Another run goes on/),
    })
    const rows = world.database.driver.collection('people')
    expect(await rows.countDocuments()).toBe(0)
    expect((await world.history()).filter(({ event }) => event === 'failed')).toEqual([])
    expect(await world.status()).toMatchObject({ migrations: [{ state: 'unfinished' }], drift: [] })
    // It may not touch them any more, so the validators are still as it has left them.
    expect(await actionOf(world)).toBe('warn')
    await endLease(world.database)
    await world.add('0001-fill', { up: fill })
    expect(await world.up()).toMatchObject({ changed: ['0001-fill'], exitCode: 0 })
    expect(await rows.countDocuments()).toBe(1)
    expect(await actionOf(world)).toBe('error')
  })

  it('stops at once also while its script waits for something else', async () => {
    const world = await createMongoWorld([people])
    await world.add('0001-wait', {
      up: `${takeOver}\n  await Promise.allSettled([once('fill', async () => {})])\n  await new Promise(() => {})`,
    })
    expect(await failureOf(world.up())).toMatchObject({ message: expect.stringContaining('The lock of migrations was lost') })
  })
})

describe('repair', () => {
  const repair = (world: MongoWorld, more: Partial<RepairOptions> = {}) => {
    const sources = { mongo: { folder: world.folder, collections: [people] } }
    return repairMigrations({ url: world.url, sources, log: (line) => void world.lines.push(line), ...more })
  }

  it('accepts what was changed by hand and a changed file, once', async () => {
    const world = await createMongoWorld([people])
    await world.add('0001-fill', { up: fill })
    await world.up()
    await world.database.driver.collection('people').createIndex({ name: 1 }, { name: 'by_hand' })
    await world.add('0001-fill', { up: `${fill}\n  log('more')` })
    expect(await world.status()).toMatchObject({ exitCode: 4, migrations: [{ state: 'changed' }], drift: [{ object: expect.any(String) }] })
    const { changed } = await repair(world, { dryRun: true })
    expect(changed).toEqual(['0001-fill', expect.stringContaining('by_hand')])
    expect(await world.status()).toMatchObject({ exitCode: 4 })
    expect(await repair(world)).toMatchObject({ changed, exitCode: 0, drift: [] })
    expect((await world.history()).slice(0, 2).map(({ event }) => event)).toEqual(['repaired', 'repaired'])
    expect(await repair(world)).toMatchObject({ changed: [] })
    await world.database.driver.collection('people').dropIndex('by_hand')
    await repair(world)
    expect(world.lines.at(-1)).toMatch(/^repaired .*by_hand.*: accepted as gone$/)
    expect(await world.status()).toMatchObject({ exitCode: 0, drift: [] })
  })

  it('forgets an unfinished one that was cleaned up by hand, and one whose folder has gone; and sets back its validators', async () => {
    const world = await createMongoWorld([people])
    await world.add('0001-fill', { up: fill })
    await world.up()
    await world.add('0002-broken', { up: `throw new TypeError('not yet')` })
    expect(await failureOf(world.up())).toBeInstanceOf(MigrationError)
    // As a run leaves them that was killed.
    const { driver } = world.database
    await driver.command({ collMod: 'people', validationAction: 'warn' })
    const relaxed = { relaxed: [{ collection: 'people', action: 'error' }] }
    await driver.collection<{ _id: string }>('polystore_migrations').updateOne({ _id: '0002-broken' }, { $set: relaxed })
    await rm(path.join(world.folder, '0001-fill'), { recursive: true })
    expect(await repair(world, { forget: ['0001-fill', '0002-broken'] })).toMatchObject({
      changed: expect.arrayContaining(['0001-fill', '0002-broken']),
      migrations: [{ name: '0002-broken', state: 'pending' }],
    })
    expect(await actionOf(world)).toBe('error')
    expect(await driver.collection('polystore_migrations').countDocuments()).toBe(0)
  })
})
