import { mkdtemp, rm } from 'node:fs/promises'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { startMongo, type DatabaseServer, type MongoOptions } from '../src/index.ts'
import { isAlive } from './support/processes.ts'
import { withMongo } from './support/queries.ts'

const started: DatabaseServer[] = []
const folders: string[] = []

afterEach(async () => {
  await Promise.all(started.splice(0).map((server) => server.stop()))
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })))
})

async function start(options?: MongoOptions): Promise<DatabaseServer> {
  const server = await startMongo(options)
  started.push(server)
  return server
}

async function folder(): Promise<string> {
  const created = await mkdtemp('/tmp/polystore-test-')
  folders.push(created)
  return path.join(created, 'data')
}

test('mongod is the primary of a replica set, so that transactions work, and stops without a trace', async () => {
  const server = await start()
  await withMongo(server.url, async (client) => {
    const items = client.db('shop').collection('items')
    await client.db('shop').createCollection('items')
    await client.withSession((session) => session.withTransaction(() => items.insertOne({ sku: 'A' }, { session })))
    expect(await items.countDocuments()).toBe(1)
  })
  await server.stop()
  expect(isAlive(server.pid)).toBe(false)
})

test('a majority write survives SIGKILL', async () => {
  const dataDir = await folder()
  const first = await start({ dataDir })
  await withMongo(first.url, (client) =>
    client
      .db('shop')
      .collection('kept')
      .insertOne({ answer: 42 }, { writeConcern: { w: 'majority' } }),
  )
  await first.kill()
  const second = await start({ dataDir, port: first.port })
  expect(await withMongo(second.url, (client) => client.db('shop').collection('kept').findOne())).toMatchObject({ answer: 42 })
})

test('a folder that was served on another port becomes primary on the new one', async () => {
  const dataDir = await folder()
  const first = await start({ dataDir })
  await withMongo(first.url, (client) => client.db('shop').collection('kept').insertOne({ answer: 42 }))
  await first.stop()
  const second = await start({ dataDir, port: first.port + 1 })
  expect(second.port).not.toBe(first.port)
  expect(await withMongo(second.url, (client) => client.db('shop').collection('kept').findOne())).toMatchObject({ answer: 42 })
})
