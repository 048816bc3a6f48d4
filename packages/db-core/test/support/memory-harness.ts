import type { DatabaseLogger } from '../../src/connection/database-logger.ts'
import { MemoryDatabase, memoryRepository } from '../../src/memory/index.ts'
import { belongsTo, hasMany, hasOne, manyToMany } from '../../src/relations/relation.ts'
import {
  transactionOf,
  type ArticleRepository,
  type Capabilities,
  type OpenHarness,
  type RemarkRepository,
  type RepositoryHarness,
} from '../../src/testing/index.ts'
import { mongoCollections } from './mongo-harness.ts'

const cursorSecret = 'a secret of at least thirty-two characters'

/** The memory store in the place of MongoDB. */
export const memoryForMongo: RepositoryHarness = {
  store: 'memory, for collections of MongoDB',
  missingId: '0190a000-0000-7000-8000-000000000000',
  malformedId: 'not-an-id',
  foreignTransaction: transactionOf('mongo'),
  open: (logger) => Promise.resolve(openMemory(logger)),
}

export const memoryForMongoCapabilities: Capabilities = {
  savepoints: true,
  rowLocks: false,
  isolationLevels: ['read committed', 'repeatable read', 'serializable'],
  readOnlyTransactions: true,
  foreignKeys: false,
  separateRowsInTransaction: true,
  statementLog: false,
}

function openMemory(logger: DatabaseLogger): OpenHarness {
  const database = new MemoryDatabase({ cursorSecret, logger })
  return {
    ...collectionRepositories(database),
    withoutSecret: memoryRepository(new MemoryDatabase(), mongoCollections.specimens),
    transaction: (work, options) => database.transaction(work, options),
    clear: () => Promise.resolve(database.clear()),
    close: () => database.close(),
  }
}

type Repositories = Omit<OpenHarness, 'withoutSecret' | 'transaction' | 'clear' | 'close'>

function collectionRepositories(database: MemoryDatabase): Repositories {
  const { specimens, entries, taggings, articles, remarks } = mongoCollections
  const open = {
    specimens: memoryRepository(database, specimens),
    joinedSpecimens: memoryRepository(database, specimens, { joinWrites: true }),
    entries: memoryRepository(database, entries),
    taggings: memoryRepository(database, taggings),
  }
  const articleRepository: ArticleRepository = memoryRepository(database, articles, {
    searchFields: ['title', 'body'],
    relations: {
      remarks: hasMany(() => remarkRepository, 'articleId', { orderBy: [{ field: 'rank', direction: 'asc' }] }),
      remark: hasOne(() => remarkRepository, 'articleId'),
      entries: manyToMany(
        () => open.entries,
        { reader: () => open.taggings, field: 'articleId', throughField: 'entryId' },
        { orderBy: [{ field: 'text', direction: 'asc' }] },
      ),
    },
  })
  const remarkRepository: RemarkRepository = memoryRepository(database, remarks, {
    relations: { article: belongsTo(() => articleRepository, 'articleId') },
  })
  return { ...open, articles: articleRepository, remarks: remarkRepository }
}
