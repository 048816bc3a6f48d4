import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { CloudEvent, EventType } from '@polystore/contracts'
import { generateMigration, migrateUp } from '@polystore/db-core/migrations'
import { connectMongo, defineCollection, objectIdKey, type MongoTransaction } from '@polystore/db-core/mongo'
import { connectPostgres, type SqlTransaction } from '@polystore/db-core/sql'
import { createMongoDatabase, createPostgresDatabase } from '@polystore/testing'
import { sql } from 'drizzle-orm'
import { bigint, integer, pgTable, text } from 'drizzle-orm/pg-core'
import { ObjectId } from 'mongodb'
import { z } from 'zod'
import type { EventStore, NewEvent } from '../../src/index.ts'
import * as mongo from '../../src/mongo/index.ts'
import * as postgres from '../../src/postgres/index.ts'

/** What a consumer did: a row for every application, so that a second one of the same event shows. */
export interface Effect {
  readonly consumer: string
  readonly eventId: string
  readonly subject: string
  readonly sequence: number
}

/** One database with the tables of events and a table of effects. */
export interface OpenStore<Tx> {
  readonly events: EventStore<Tx>
  readonly transaction: <Result>(work: (tx: Tx) => Promise<Result>) => Promise<Result>
  readonly append: (tx: Tx, events: readonly NewEvent[]) => Promise<void>
  readonly note: (tx: Tx, consumer: string, events: readonly CloudEvent<EventType>[]) => Promise<void>
  /** In the order of their application. */
  readonly effects: () => Promise<Effect[]>
  /** Makes the notes of the inbox so many days older. */
  readonly age: (days: number) => Promise<void>
  readonly notes: () => Promise<number>
  readonly clear: () => Promise<void>
  readonly close: () => Promise<void>
}

const effectTable = pgTable('effects', {
  id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
  consumer: text('consumer').notNull(),
  eventId: text('event_id').notNull(),
  subject: text('subject').notNull(),
  sequence: integer('sequence').notNull(),
})

export async function openPostgresStore(): Promise<OpenStore<SqlTransaction>> {
  const made = await createPostgresDatabase()
  await createTables(made.url)
  const database = connectPostgres(made.url, { poolSize: 20 })
  return {
    events: postgres.postgresEvents(database, 'auth'),
    transaction: (work) => database.transaction(work),
    append: postgres.appendEvents,
    async note(tx, consumer, events) {
      const rows = events.map(({ id, subject, sequence }) => ({ consumer, eventId: id, subject, sequence }))
      await tx.drizzle.insert(effectTable).values(rows)
    },
    effects: async () => database.drizzle.select().from(effectTable).orderBy(effectTable.id),
    age: async (days) => {
      await database.affected(sql`update ${postgres.inboxTable} set applied_at = applied_at - ${days} * interval '1 day'`)
    },
    notes: async () => (await database.drizzle.select().from(postgres.inboxTable)).length,
    clear: async () => {
      await database.execute(sql.raw('truncate outbox, inbox, failed_events, effects'))
    },
    close: async () => {
      await database.close()
      await made.drop()
    },
  }
}

async function createTables(url: string): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'polystore-events-'))
  const source = { folder, tables: { ...postgres.eventTables, effectTable } }
  try {
    const outcome = await generateMigration({ dialect: 'postgres', source, name: 'events' })
    if (outcome.kind !== 'written') throw new Error(`no migration was written: ${outcome.kind}`)
    await migrateUp({ url, sources: { postgres: source } })
  } finally {
    await rm(folder, { recursive: true })
  }
}

const effectCollection = defineCollection({
  name: 'effects',
  schema: z.object({ ...objectIdKey(), consumer: z.string(), eventId: z.string(), subject: z.string(), sequence: z.int() }),
})

export async function openMongoStore(): Promise<OpenStore<MongoTransaction>> {
  const made = await createMongoDatabase()
  const database = connectMongo(made.url, { poolSize: 20 })
  await database.prepare([...mongo.eventCollections, effectCollection])
  const effects = database.collection(effectCollection)
  const inbox = database.collection(mongo.inboxCollection)
  return {
    events: mongo.mongoEvents(database, 'auth'),
    transaction: (work) => database.transaction(work),
    append: (tx, events) => mongo.appendEvents(database, tx, events),
    async note(tx, consumer, events) {
      const rows = events.map(({ id, subject, sequence }) => ({ _id: new ObjectId(), consumer, eventId: id, subject, sequence }))
      await database.run((options) => effects.insertMany(rows, options), { tx })
    },
    effects: () => effects.find({}, { sort: { _id: 1 } }).toArray(),
    age: async (days) => {
      const older = { $dateSubtract: { startDate: '$appliedAt', unit: 'day', amount: days } }
      await inbox.updateMany({}, [{ $set: { appliedAt: older } }])
    },
    notes: () => inbox.countDocuments(),
    clear: async () => {
      for (const { name } of [...mongo.eventCollections, effectCollection]) await database.driver.collection(name).deleteMany({})
    },
    close: async () => {
      await database.close()
      await made.drop()
    },
  }
}
