import { randomBytes } from 'node:crypto'
import { databaseUrl } from '@polystore/dev-stack'
import { MongoClient } from 'mongodb'
import { Client } from 'pg'
import { urlVariables, type DatabaseKind } from './test-servers.ts'

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

/** A fresh, empty database of a random name on the MongoDB test server, which is a replica set. */
export async function createMongoDatabase(): Promise<TestDatabase> {
  const url = databaseUrl(serverUrl('mongo'), randomName())
  return { url, drop: () => dropMongo(url) }
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

async function dropMongo(url: string): Promise<void> {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 10_000 })
  try {
    await client.db().dropDatabase()
  } finally {
    await client.close()
  }
}
