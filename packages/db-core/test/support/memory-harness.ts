import type { DatabaseLogger } from '../../src/connection/database-logger.ts'
import { MemoryDatabase, memoryRepository } from '../../src/memory/index.ts'
import { belongsTo, hasMany, hasOne, manyToMany } from '../../src/relations/relation.ts'
import { transactionOf, type Capabilities, type OpenHarness, type RepositoryHarness } from '../../src/testing/index.ts'
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

type Repositories = Omit<OpenHarness, 'withoutSecret' | 'transaction' | 'clear' | 'close'>

function harnessOf(store: string, open: (database: MemoryDatabase) => Repositories): RepositoryHarness {
  return {
    store,
    missingId: '0190a000-0000-7000-8000-000000000000',
    malformedId: 'not-an-id',
    foreignTransaction: transactionOf('mongo'),
    open: (logger) => Promise.resolve(openMemory(logger, open)),
  }
}

function openMemory(logger: DatabaseLogger, open: (database: MemoryDatabase) => Repositories): OpenHarness {
  const database = new MemoryDatabase({ cursorSecret: 'a secret of at least thirty-two characters', logger })
  return {
    ...open(database),
    withoutSecret: open(new MemoryDatabase()).specimens,
    transaction: (work, options) => database.transaction(work, options),
    clear: () => Promise.resolve(database.clear()),
    close: () => database.close(),
  }
}

function collectionRepositories(database: MemoryDatabase): Repositories {
  const { specimens, entries, articles, remarks, taggings } = mongoCollections
  const all: Repositories = {
    specimens: memoryRepository(database, specimens),
    joinedSpecimens: memoryRepository(database, specimens, { joinWrites: true }),
    entries: memoryRepository(database, entries),
    articles: memoryRepository(database, articles, { searchFields: ['title', 'body'], relations: articleRelations(() => all) }),
    remarks: memoryRepository(database, remarks, { relations: remarkRelations(() => all) }),
    taggings: memoryRepository(database, taggings),
  }
  return all
}

function tableRepositories(database: MemoryDatabase): Repositories {
  const { specimens, entries, articles, remarks, taggings } = postgresTables
  const checks = { specimens_amount_check: { fields: ['amount'], holds: ({ amount }: { amount?: unknown }) => Number(amount) >= 0 } }
  const all: Repositories = {
    specimens: memoryRepository(database, specimens, { checks }),
    joinedSpecimens: memoryRepository(database, specimens, { joinWrites: true }),
    entries: memoryRepository(database, entries),
    articles: memoryRepository(database, articles, { searchFields: ['title', 'body'], relations: articleRelations(() => all) }),
    remarks: memoryRepository(database, remarks, { relations: remarkRelations(() => all) }),
    taggings: memoryRepository(database, taggings),
  }
  return all
}

function articleRelations(all: () => Repositories) {
  return {
    remarks: hasMany(() => all().remarks, 'articleId', { orderBy: [{ field: 'rank', direction: 'asc' }] }),
    remark: hasOne(() => all().remarks, 'articleId'),
    entries: manyToMany(
      () => all().entries,
      { reader: () => all().taggings, field: 'articleId', throughField: 'entryId' },
      { orderBy: [{ field: 'text', direction: 'asc' }] },
    ),
  }
}

function remarkRelations(all: () => Repositories) {
  return { article: belongsTo(() => all().articles, 'articleId') }
}
