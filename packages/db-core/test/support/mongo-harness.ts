import { createMongoDatabase } from '@polystore/testing'
import { z } from 'zod'
import {
  audited,
  connectMongo,
  defineCollection,
  MongoRepository,
  softDelete,
  tenantScope,
  timestamps,
  uuidKey,
  versioned,
} from '../../src/mongo/index.ts'
import type { DatabaseLogger } from '../../src/connection/database-logger.ts'
import { transactionOf, type Capabilities, type OpenHarness, type RepositoryHarness } from '../../src/testing/index.ts'

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
  schema: z.object({ ...uuidKey(), text: z.string(), ...tenantScope(), ...audited() }),
  indexes: [{ key: { tenantId: 1, text: 1 }, unique: true }],
})

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
  await database.prepare([specimens, entries])
  return {
    specimens: new MongoRepository(database, specimens),
    entries: new MongoRepository(database, entries),
    withoutSecret: new MongoRepository(withoutSecret, specimens),
    transaction: (work, options) => database.transaction(work, options),
    async clear() {
      for (const definition of [specimens, entries]) await database.driver.collection(definition.name).deleteMany({})
    },
    async close() {
      await Promise.all([database.close(), withoutSecret.close()])
      await test.drop()
    },
  }
}
