import { randomBytes } from 'node:crypto'
import { databaseUrl } from '@polystore/dev-stack'
import { MongoClient } from 'mongodb'
import { createConnection } from 'mysql2/promise'
import { Client } from 'pg'
import { urlVariables, type DatabaseKind } from './database-kinds.ts'

export interface TestDatabase {
  url: string
  /** Ends every connection to it and removes it. */
  drop(): Promise<void>
}

/** A fresh, empty database of a random name on the PostgreSQL test server. */
export async function createPostgresDatabase(): Promise<TestDatabase> {
  const server = serverUrl('postgres')
  const name = randomName()
  await onPostgres(server, `CREATE DATABASE ${name}`)
  return { url: databaseUrl(server, name), drop: () => onPostgres(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) }
}

/** A fresh, empty database of a random name on the MariaDB (or MySQL) test server; its text is compared by code points. */
export async function createMysqlDatabase(): Promise<TestDatabase> {
  const server = serverUrl('mariadb')
  const name = randomName()
  await onMysql(server, `CREATE DATABASE ${name} CHARACTER SET utf8mb4 ${codePointOrder}`)
  return { url: databaseUrl(server, name), drop: () => onMysql(server, `DROP DATABASE IF EXISTS ${name}`) }
}

/** A fresh, empty database of a random name on the MongoDB test server, which is a replica set. */
export async function createMongoDatabase(): Promise<TestDatabase> {
  const url = databaseUrl(serverUrl('mongo'), randomName())
  return { url, drop: () => dropMongo(url) }
}

/** The Redis test server, and a beginning for keys that nobody else uses. */
export function createRedisSpace(): { url: string; prefix: string } {
  return { url: serverUrl('redis'), prefix: `${randomName()}:` }
}

/** The RabbitMQ test server, and a beginning for names of exchanges and queues that nobody else uses. */
export function createRabbitmqSpace(): { url: string; namespace: string } {
  return { url: serverUrl('rabbitmq'), namespace: randomName() }
}

function serverUrl(kind: DatabaseKind): string {
  const url = process.env[urlVariables[kind]]
  if (!url) throw new Error(`${urlVariables[kind]} is not set: run the tests by vitest with testConfig()`)
  return url
}

function randomName(): string {
  return `test_${randomBytes(8).toString('hex')}`
}

async function onPostgres(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 10_000, query_timeout: 30_000 })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

// Each server runs the comment that is meant for it and ignores the other.
const codePointOrder = '/*M!100200 COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */'

async function onMysql(url: string, statement: string): Promise<void> {
  const connection = await createConnection({ uri: url, connectTimeout: 10_000 })
  try {
    await connection.query({ sql: statement, timeout: 30_000 })
  } finally {
    connection.destroy()
  }
}

async function dropMongo(url: string): Promise<void> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 10_000 })
  try {
    await client.db().dropDatabase()
  } finally {
    await client.close()
  }
}
