import { randomInt } from 'node:crypto'
import { connectMongo, defineCollection, MongoRepository, stringKey, type MongoDatabase } from '@polystore/db-core/mongo'
import { connectPostgres, SqlRepository, uuidKey, timestamps, type PostgresDatabase } from '@polystore/db-core/sql'
import { startMongo, startPostgres } from '@polystore/dev-stack'
import { integer, pgTable, text } from 'drizzle-orm/pg-core'
import { MongoClient } from 'mongodb'
import pg from 'pg'
import postgres from 'postgres'
import { z } from 'zod'
import { repeat, type Bench, type Comparison } from '../compare.ts'

const things = pgTable('things', { ...uuidKey(), name: text('name').notNull(), amount: integer('amount').notNull(), ...timestamps() })
const documents = defineCollection({
  name: 'things',
  schema: z.object({ ...stringKey(), name: z.string(), amount: z.int() }),
  indexes: [],
})

class ThingRepository extends SqlRepository<typeof things> {
  constructor(database: PostgresDatabase) {
    super(database, things)
  }
}

class DocumentRepository extends MongoRepository<typeof documents> {
  constructor(database: MongoDatabase) {
    super(database, documents)
  }
}

const rowCount = 10_000
const poolSize = 10
const widths = [1, 32] as const

/** Point reads by id through db-core against hand-written prepared queries of the same driver, on the same server. */
export async function prepareReadBench(): Promise<Bench> {
  const [postgresServer, mongoServer] = await Promise.all([startPostgres({}), startMongo({})])
  const closing: (() => Promise<unknown>)[] = [async () => postgresServer.stop(), async () => mongoServer.stop()]
  const ids = await fillPostgres(postgresServer.url)
  const comparisons = [
    ...postgresReads(postgresServer.url, ids, closing),
    ...pgReads(postgresServer.url, ids, closing),
    ...(await mongoReads(mongoServer.url, closing)),
  ]
  return {
    comparisons,
    stop: async () => {
      for (const close of closing.toReversed()) await close()
    },
  }
}

async function fillPostgres(url: string): Promise<string[]> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  await sql`create table things (id uuid primary key default gen_random_uuid(), name text not null, amount integer not null,
    created_at timestamptz(3) not null default now(), updated_at timestamptz(3) not null default now())`
  const rows = await sql<{ id: string }[]>`
    insert into things (name, amount) select 'thing ' || n, n from generate_series(1, ${rowCount}::int) as n returning id`
  await sql`analyze things`
  await sql.end()
  return rows.map(({ id }) => id)
}

function postgresReads(url: string, ids: readonly string[], closing: (() => Promise<unknown>)[]): Comparison[] {
  const database = connectPostgres(url, { driver: 'postgres', poolSize, maxOverflow: 0 })
  const sql = postgres(url, { max: poolSize, onnotice: () => {} })
  closing.push(
    async () => database.close(),
    async () => sql.end({ timeout: 1 }),
  )
  const repository = new ThingRepository(database)
  return widths.map((width) => ({
    path: `PostgreSQL, postgres: read by id, ${width} at once`,
    baseline: 'hand-written prepared query',
    ours: repeat(width, async () => repository.get(pick(ids))),
    theirs: repeat(width, async () => sql`select id, name, amount, created_at, updated_at from things where id = ${pick(ids)}`),
  }))
}

function pgReads(url: string, ids: readonly string[], closing: (() => Promise<unknown>)[]): Comparison[] {
  const database = connectPostgres(url, { driver: 'pg', poolSize, maxOverflow: 0 })
  const pool = new pg.Pool({ connectionString: url, max: poolSize })
  closing.push(
    async () => database.close(),
    async () => pool.end(),
  )
  const repository = new ThingRepository(database)
  const query = { name: 'thing', text: 'select id, name, amount, created_at, updated_at from things where id = $1' }
  return widths.map((width) => ({
    path: `PostgreSQL, pg: read by id, ${width} at once`,
    baseline: 'hand-written prepared query',
    ours: repeat(width, async () => repository.get(pick(ids))),
    theirs: repeat(width, async () => pool.query({ ...query, values: [pick(ids)] })),
  }))
}

async function mongoReads(serverUrl: string, closing: (() => Promise<unknown>)[]): Promise<Comparison[]> {
  const url = new URL(serverUrl)
  url.pathname = '/bench_read'
  const client = new MongoClient(url.href, { maxPoolSize: poolSize })
  const collection = client.db().collection<{ _id: string; name: string; amount: number }>('things')
  const ids = Array.from({ length: rowCount }, (_, index) => `thing-${index}`)
  await collection.insertMany(ids.map((_id, amount) => ({ _id, name: `thing ${amount}`, amount })))
  const database = connectMongo(url.href, { poolSize })
  closing.push(
    async () => database.close(),
    async () => client.close(),
  )
  const repository = new DocumentRepository(database)
  return widths.map((width) => ({
    path: `MongoDB: read by id, ${width} at once`,
    baseline: 'hand-written findOne',
    ours: repeat(width, async () => repository.get(pick(ids))),
    theirs: repeat(width, async () => collection.findOne({ _id: pick(ids) })),
  }))
}

function pick(ids: readonly string[]): string {
  return ids[randomInt(ids.length)] ?? ''
}
