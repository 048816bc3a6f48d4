import { MongoClient } from 'mongodb'
import { createConnection } from 'mysql2/promise'
import { Client } from 'pg'
import { expect, test } from 'vitest'
import { startTestServers } from '../src/databases/test-servers.ts'
import {
  createMongoDatabase,
  createMysqlDatabase,
  createPostgresDatabase,
  mariadbMissing,
  rabbitmqMissing,
  redisMissing,
} from '../src/index.ts'

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

test('a MariaDB test database is empty, of its own, tells trailing blanks and case apart, and is gone after drop', async (context) => {
  context.skip(mariadbMissing() !== undefined, mariadbMissing())
  const [one, two] = await Promise.all([createMysqlDatabase(), createMysqlDatabase()])
  expect(one.url).not.toBe(two.url)
  const connection = await createConnection(one.url)
  expect((await connection.query('show tables'))[0]).toEqual([])
  await connection.query(`create table words (word varchar(10) unique)`)
  await connection.query(`insert into words values ('a'), ('A'), ('a ')`)
  expect((await connection.query('select count(*) as words from words'))[0]).toEqual([{ words: 3 }])
  connection.destroy()
  await Promise.all([one.drop(), two.drop()])
  await expect(createConnection(one.url)).rejects.toThrow(/Unknown database/u)
})

test('where an earlier step found no MariaDB, no Redis and no RabbitMQ, none is looked for again', async () => {
  const env = { TEST_MYSQL_MISSING: 'none here', TEST_REDIS_MISSING: 'nor here', TEST_RABBITMQ_MISSING: 'nor there' }
  const servers = await startTestServers(['mariadb', 'redis', 'rabbitmq'], env)
  expect(servers.env).toEqual({})
  expect(mariadbMissing(env)).toBe('none here')
  expect(redisMissing(env)).toBe('nor here')
  expect(rabbitmqMissing(env)).toBe('nor there')
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
