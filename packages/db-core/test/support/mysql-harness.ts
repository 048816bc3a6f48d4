import { createMysqlDatabase } from '@polystore/testing'
import { sql } from 'drizzle-orm'
import { boolean, check, datetime, double, foreignKey, int, mysqlTable, text, uniqueIndex, varchar } from 'drizzle-orm/mysql-core'
import type { DatabaseLogger } from '../../src/connection/database-logger.ts'
import {
  auditColumns,
  connectMysql,
  exactText,
  liveMarkColumn,
  slug,
  softDelete,
  SqlRepository,
  tenantScope,
  timestamps,
  liveUnique,
  uuidColumn,
  uuidKey,
  uuidType,
  versioned,
  type MysqlDatabase,
} from '../../src/sql/mysql/index.ts'
import { transactionOf, type Capabilities, type OpenHarness, type RepositoryHarness } from '../../src/testing/index.ts'
import { articleOptions, remarkOptions, type HarnessRepositories } from './harness-repositories.ts'

const specimens = mysqlTable(
  'specimens',
  {
    ...uuidKey(),
    code: exactText('code').notNull(),
    name: text('name'),
    amount: int('amount').notNull(),
    ratio: double('ratio'),
    active: boolean('active').notNull(),
    at: datetime('happened_at', { mode: 'date', fsp: 3 }),
    ...timestamps(),
    ...softDelete(),
    ...versioned(),
  },
  (table) => [liveUnique('specimens_code').on(table.code), check('specimens_amount_check', sql`${table.amount} >= 0`)],
)

const entries = mysqlTable(
  'entries',
  { ...uuidKey(), text: exactText('content').notNull(), ...tenantScope(), ...auditColumns() },
  (table) => [uniqueIndex('entries_text').on(table.tenantId, table.text)],
)

const articles = mysqlTable(
  'articles',
  { ...uuidKey(), title: varchar('title', { length: 255 }).notNull(), ...slug('title'), body: text('body'), ...softDelete() },
  (table) => [liveUnique('articles_slug').on(table.slug)],
)

const remarks = mysqlTable(
  'remarks',
  {
    ...uuidKey(),
    articleId: uuidColumn('article_id'),
    text: exactText('content').notNull(),
    rank: int('position').notNull(),
    ...softDelete(),
  },
  (table) => [foreignKey({ name: 'remarks_article', columns: [table.articleId], foreignColumns: [articles.id] })],
)

const taggings = mysqlTable('taggings', {
  ...uuidKey(),
  articleId: uuidColumn('article_id').notNull(),
  entryId: uuidColumn('entry_id').notNull(),
})

// Some columns have a collation that takes `a`, `A` and `á ` for the same, which no call may notice.
const careless = 'character set utf8mb4 collate utf8mb4_general_ci'

const ddl = `
  create table specimens (
    id ${uuidType} primary key, code varchar(255) not null, name text ${careless}, amount int not null,
    ratio double, active boolean not null, happened_at datetime(3), created_at datetime(3) not null default now(3),
    updated_at datetime(3) not null default now(3), deleted_at datetime(3), deleted_by varchar(255), version int not null default 1,
    ${liveMarkColumn}, unique key specimens_code (code, live_mark), constraint specimens_amount_check check (amount >= 0)
  );
  create table entries (
    id ${uuidType} primary key, content varchar(255) not null, tenant_id varchar(255) not null, created_by varchar(255) not null,
    updated_by varchar(255) not null, unique key entries_text (tenant_id, content)
  );
  create table articles (
    id ${uuidType} primary key, title varchar(255) ${careless} not null, slug varchar(100) not null, body text ${careless},
    deleted_at datetime(3), deleted_by varchar(255), ${liveMarkColumn}, unique key articles_slug (slug, live_mark)
  );
  create table remarks (
    id ${uuidType} primary key, article_id ${uuidType}, content varchar(255) not null, position int not null,
    deleted_at datetime(3), deleted_by varchar(255), constraint remarks_article foreign key (article_id) references articles (id)
  );
  create table taggings (
    id ${uuidType} primary key, article_id ${uuidType} not null, entry_id ${uuidType} not null,
    foreign key (article_id) references articles (id), foreign key (entry_id) references entries (id)
  );
`

const emptying = 'delete from taggings; delete from remarks; delete from articles; delete from entries; delete from specimens'

export const mysqlCapabilities: Capabilities = {
  savepoints: true,
  rowLocks: true,
  isolationLevels: ['read committed', 'repeatable read', 'serializable'],
  readOnlyTransactions: true,
  foreignKeys: true,
  separateRowsInTransaction: true,
  statementLog: true,
}

/** MariaDB, or MySQL where TEST_MYSQL_URL names one. */
export const mysqlHarness: RepositoryHarness = {
  store: 'MySQL',
  missingId: '0190a000-0000-7000-8000-000000000000',
  malformedId: 'not-an-id',
  foreignTransaction: transactionOf('postgres'),
  open: openMysql,
}

async function openMysql(logger: DatabaseLogger): Promise<OpenHarness> {
  const test = await createMysqlDatabase()
  const database = connectMysql(test.url, { cursorSecret: 'a secret of at least thirty-two characters', echo: true, logger })
  const withoutSecret = connectMysql(test.url, { poolSize: 1, maxOverflow: 0 })
  await database.execute(sql.raw(ddl))
  return {
    ...openRepositories(database),
    withoutSecret: new SqlRepository(withoutSecret, specimens),
    transaction: (work, options) => database.transaction(work, options),
    clear: async () => void (await database.execute(sql.raw(emptying))),
    async close() {
      await Promise.all([database.close(), withoutSecret.close()])
      await test.drop()
    },
  }
}

function openRepositories(database: MysqlDatabase): HarnessRepositories {
  const all: HarnessRepositories = {
    specimens: new SqlRepository(database, specimens),
    joinedSpecimens: new SqlRepository(database, specimens, { joinWrites: true }),
    entries: new SqlRepository(database, entries),
    articles: new SqlRepository(
      database,
      articles,
      articleOptions(() => all),
    ),
    remarks: new SqlRepository(
      database,
      remarks,
      remarkOptions(() => all),
    ),
    taggings: new SqlRepository(database, taggings),
  }
  return all
}
