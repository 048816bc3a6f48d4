import type { DatabaseLogger } from '../../src/connection/database-logger.ts'
import { MemoryDatabase, memoryRepository } from '../../src/memory/index.ts'
import { transactionOf, type Capabilities, type OpenHarness, type RepositoryHarness } from '../../src/testing/index.ts'
import { articleOptions, remarkOptions, type HarnessRepositories } from './harness-repositories.ts'
import { mongoCollections } from './mongo-harness.ts'
import { postgresTables } from './postgres-harness.ts'

/** The memory store in the place of MongoDB. */
export const memoryForMongo = harnessOf('memory, for collections of MongoDB', collectionRepositories)

/** The memory store in the place of PostgreSQL. */
export const memoryForPostgres = harnessOf('memory, for tables of PostgreSQL', tableRepositories)

export const memoryCapabilities = {
  savepoints: true,
  rowLocks: false,
  isolationLevels: ['read committed', 'repeatable read', 'serializable'],
  readOnlyTransactions: true,
  separateRowsInTransaction: true,
  statementLog: false,
} satisfies Omit<Capabilities, 'foreignKeys'>

function harnessOf(store: string, open: (database: MemoryDatabase) => HarnessRepositories): RepositoryHarness {
  return {
    store,
    missingId: '0190a000-0000-7000-8000-000000000000',
    malformedId: 'not-an-id',
    foreignTransaction: transactionOf('mongo'),
    open: (logger) => Promise.resolve(openMemory(logger, open)),
  }
}

function openMemory(logger: DatabaseLogger, open: (database: MemoryDatabase) => HarnessRepositories): OpenHarness {
  const database = new MemoryDatabase({ cursorSecret: 'a secret of at least thirty-two characters', logger })
  return {
    ...open(database),
    withoutSecret: open(new MemoryDatabase()).specimens,
    transaction: (work, options) => database.transaction(work, options),
    clear: () => Promise.resolve(database.clear()),
    close: () => database.close(),
  }
}

function collectionRepositories(database: MemoryDatabase): HarnessRepositories {
  const { specimens, entries, articles, remarks, taggings } = mongoCollections
  const all: HarnessRepositories = {
    specimens: memoryRepository(database, specimens),
    joinedSpecimens: memoryRepository(database, specimens, { joinWrites: true }),
    entries: memoryRepository(database, entries),
    articles: memoryRepository(
      database,
      articles,
      articleOptions(() => all),
    ),
    remarks: memoryRepository(
      database,
      remarks,
      remarkOptions(() => all),
    ),
    taggings: memoryRepository(database, taggings),
  }
  return all
}

function tableRepositories(database: MemoryDatabase): HarnessRepositories {
  const { specimens, entries, articles, remarks, taggings } = postgresTables
  const checks = { specimens_amount_check: { fields: ['amount'], holds: ({ amount }: { amount?: unknown }) => Number(amount) >= 0 } }
  const all: HarnessRepositories = {
    specimens: memoryRepository(database, specimens, { checks }),
    joinedSpecimens: memoryRepository(database, specimens, { joinWrites: true }),
    entries: memoryRepository(database, entries),
    articles: memoryRepository(
      database,
      articles,
      articleOptions(() => all),
    ),
    remarks: memoryRepository(
      database,
      remarks,
      remarkOptions(() => all),
    ),
    taggings: memoryRepository(database, taggings),
  }
  return all
}
