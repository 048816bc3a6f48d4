import { sql } from 'drizzle-orm'
import { check, foreignKey, integer, real, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { DatabaseLogger } from '../../src/connection/database-logger.ts'
import {
  auditColumns,
  connectSqlite,
  liveUnique,
  moment,
  slug,
  softDelete,
  SqlRepository,
  tenantScope,
  timestamps,
  uuid,
  uuidKey,
  versioned,
  type SqliteDatabase,
} from '../../src/sql/sqlite/index.ts'
import { transactionOf, type Capabilities, type OpenHarness, type RepositoryHarness } from '../../src/testing/index.ts'
import { articleOptions, remarkOptions, type HarnessRepositories } from './harness-repositories.ts'
import { createSqliteFile } from './sqlite.ts'

const specimens = sqliteTable(
  'specimens',
  {
    ...uuidKey(),
    code: text('code').notNull(),
    name: text('name'),
    amount: integer('amount').notNull(),
    ratio: real('ratio'),
    active: integer('active', { mode: 'boolean' }).notNull(),
    at: moment('happened_at'),
    ...timestamps(),
    ...softDelete(),
    ...versioned(),
  },
  (table) => [liveUnique('specimens_code').on(table.code), check('specimens_amount_check', sql`${table.amount} >= 0`)],
)

const entries = sqliteTable('entries', { ...uuidKey(), text: text('content').notNull(), ...tenantScope(), ...auditColumns() }, (table) => [
  uniqueIndex('entries_text').on(table.tenantId, table.text),
])

const articles = sqliteTable(
  'articles',
  { ...uuidKey(), title: text('title').notNull(), ...slug('title'), body: text('body'), ...softDelete() },
  (table) => [liveUnique('articles_slug').on(table.slug)],
)

const remarks = sqliteTable(
  'remarks',
  { ...uuidKey(), articleId: uuid('article_id'), text: text('content').notNull(), rank: integer('rank').notNull(), ...softDelete() },
  (table) => [foreignKey({ columns: [table.articleId], foreignColumns: [articles.id] })],
)

const taggings = sqliteTable('taggings', { ...uuidKey(), articleId: uuid('article_id').notNull(), entryId: uuid('entry_id').notNull() })

const moments = `created_at integer not null default (cast(round(unixepoch('now', 'subsec') * 1000) as integer)),
    updated_at integer not null default (cast(round(unixepoch('now', 'subsec') * 1000) as integer))`

const ddl = `
  create table specimens (
    id text primary key, code text not null, name text, amount integer not null constraint specimens_amount_check check (amount >= 0),
    ratio real, active integer not null, happened_at integer, ${moments}, deleted_at integer, deleted_by text,
    version integer not null default 1
  ) strict;
  create unique index specimens_code on specimens (code) where deleted_at is null;
  create table entries (id text primary key, content text not null, tenant_id text not null, created_by text not null, updated_by text not null) strict;
  create unique index entries_text on entries (tenant_id, content);
  create table articles (id text primary key, title text not null, slug text not null, body text, deleted_at integer, deleted_by text) strict;
  create unique index articles_slug on articles (slug) where deleted_at is null;
  create table remarks (
    id text primary key, article_id text references articles, content text not null, rank integer not null, deleted_at integer, deleted_by text
  ) strict;
  create index remarks_article on remarks (article_id);
  create table taggings (id text primary key, article_id text not null, entry_id text not null) strict;
  create index taggings_article on taggings (article_id);
`

export const sqliteCapabilities: Capabilities = {
  savepoints: true,
  rowLocks: false,
  isolationLevels: ['read committed', 'repeatable read', 'serializable'],
  readOnlyTransactions: true,
  foreignKeys: true,
  separateRowsInTransaction: true,
  statementLog: true,
}

/** SQLite in a file of its own. */
export const sqliteHarness: RepositoryHarness = {
  store: 'SQLite',
  missingId: '0190a000-0000-7000-8000-000000000000',
  malformedId: 'not-an-id',
  foreignTransaction: transactionOf('postgres'),
  open: openSqlite,
}

async function openSqlite(logger: DatabaseLogger): Promise<OpenHarness> {
  const file = await createSqliteFile()
  const database = connectSqlite(file.url, { cursorSecret: 'a secret of at least thirty-two characters', echo: true, logger })
  const withoutSecret = connectSqlite(file.url, { poolSize: 1, maxOverflow: 0 })
  await database.execute(sql.raw(ddl))
  return {
    ...openRepositories(database),
    withoutSecret: new SqlRepository(withoutSecret, specimens),
    transaction: (work, options) => database.transaction(work, options),
    async clear() {
      for (const name of ['taggings', 'remarks', 'articles', 'entries', 'specimens']) await database.execute(sql.raw(`delete from ${name}`))
    },
    async close() {
      await Promise.all([database.close(), withoutSecret.close()])
      await file.remove()
    },
  }
}

function openRepositories(database: SqliteDatabase): HarnessRepositories {
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
