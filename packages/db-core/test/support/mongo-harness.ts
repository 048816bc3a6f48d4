import { createMongoDatabase } from '@polystore/testing'
import { z } from 'zod'
import {
  auditColumns,
  connectMongo,
  defineCollection,
  MongoRepository,
  slug,
  softDelete,
  tenantScope,
  timestamps,
  uuidKey,
  versioned,
  type MongoDatabase,
} from '../../src/mongo/index.ts'
import type { DatabaseLogger } from '../../src/connection/database-logger.ts'
import { transactionOf, type Capabilities, type OpenHarness, type RepositoryHarness } from '../../src/testing/index.ts'
import { articleOptions, remarkOptions, type HarnessRepositories } from './harness-repositories.ts'

const specimens = defineCollection({
  name: 'specimens',
  schema: z.object({
    ...uuidKey(),
    code: z.string(),
    name: z.string().nullable(),
    amount: z.int().min(0),
    ratio: z.number().nullable(),
    active: z.boolean(),
    at: z.date().nullable(),
    ...timestamps(),
    ...softDelete(),
    ...versioned(),
  }),
  indexes: [{ key: { code: 1 }, unique: true }],
})

const entries = defineCollection({
  name: 'entries',
  schema: z.object({ ...uuidKey(), text: z.string(), ...tenantScope(), ...auditColumns() }),
  indexes: [{ key: { tenantId: 1, text: 1 }, unique: true }],
})

const articles = defineCollection({
  name: 'articles',
  schema: z.object({ ...uuidKey(), title: z.string(), ...slug('title'), body: z.string().nullable(), ...softDelete() }),
})

const remarks = defineCollection({
  name: 'remarks',
  schema: z.object({ ...uuidKey(), articleId: z.string().nullable(), text: z.string(), rank: z.int(), ...softDelete() }),
  indexes: [{ key: { articleId: 1 } }],
})

const taggings = defineCollection({
  name: 'taggings',
  schema: z.object({ ...uuidKey(), articleId: z.string(), entryId: z.string() }),
  indexes: [{ key: { articleId: 1 } }, { key: { entryId: 1 } }],
})

/** The memory store stands in for the same collections. */
export const mongoCollections = { specimens, entries, articles, remarks, taggings }
const collections = Object.values(mongoCollections)

export const mongoHarness: RepositoryHarness = {
  store: 'MongoDB',
  missingId: '0190a000-0000-7000-8000-000000000000',
  malformedId: 'not-an-id',
  foreignTransaction: transactionOf('postgres'),
  open: openMongo,
}

export const mongoCapabilities: Capabilities = {
  savepoints: false,
  rowLocks: false,
  isolationLevels: ['read committed', 'repeatable read'],
  readOnlyTransactions: false,
  foreignKeys: false,
  separateRowsInTransaction: false,
  statementLog: false,
}

async function openMongo(logger: DatabaseLogger): Promise<OpenHarness> {
  const test = await createMongoDatabase()
  const database = connectMongo(test.url, { cursorSecret: 'a secret of at least thirty-two characters', logger })
  const withoutSecret = connectMongo(test.url, { poolSize: 1 })
  await database.prepare(collections)
  return {
    ...openRepositories(database),
    withoutSecret: new MongoRepository(withoutSecret, specimens),
    transaction: (work, options) => database.transaction(work, options),
    async clear() {
      for (const { name } of collections) await database.driver.collection(name).deleteMany({})
    },
    async close() {
      await Promise.all([database.close(), withoutSecret.close()])
      await test.drop()
    },
  }
}

function openRepositories(database: MongoDatabase): HarnessRepositories {
  const all: HarnessRepositories = {
    specimens: new MongoRepository(database, specimens),
    joinedSpecimens: new MongoRepository(database, specimens, { joinWrites: true }),
    entries: new MongoRepository(database, entries),
    articles: new MongoRepository(
      database,
      articles,
      articleOptions(() => all),
    ),
    remarks: new MongoRepository(
      database,
      remarks,
      remarkOptions(() => all),
    ),
    taggings: new MongoRepository(database, taggings),
  }
  return all
}
