import { MongoClient } from 'mongodb'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { createMongoDatabase, createPostgresDatabase } from '../src/index.ts'

test('a PostgreSQL test database is empty, of its own, and gone after drop', async () => {
  const [one, two] = await Promise.all([createPostgresDatabase(), createPostgresDatabase()])
  expect(one.url).not.toBe(two.url)
  const client = new Client({ connectionString: one.url })
  client.on('error', () => {})
  await client.connect()
  const { rows } = await client.query("SELECT count(*)::int AS tables FROM pg_tables WHERE schemaname = 'public'")
  expect(rows).toEqual([{ tables: 0 }])
  await Promise.all([one.drop(), two.drop()])
  await expect(new Client({ connectionString: one.url }).connect()).rejects.toThrow(/does not exist/u)
})

test('a MongoDB test database accepts a transaction over two collections', async () => {
  const database = await createMongoDatabase()
  const client = new MongoClient(database.url)
  const db = client.db()
  await Promise.all([db.createCollection('left'), db.createCollection('right')])
  await client.withSession((session) =>
    session.withTransaction(async () => {
      await db.collection('left').insertOne({ n: 1 }, { session })
      await db.collection('right').insertOne({ n: 2 }, { session })
    }),
  )
  expect(await db.collection('left').countDocuments()).toBe(1)
  await database.drop()
  expect(await db.listCollections().toArray()).toEqual([])
  await client.close()
})
