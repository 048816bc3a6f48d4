import { createPostgresDatabase } from '@polystore/testing'
import { sql } from 'drizzle-orm'
import { boolean, check, doublePrecision, integer, pgTable, text, timestamp, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import type { DatabaseLogger } from '../../src/connection/database-logger.ts'
import {
  auditColumns,
  connectPostgres,
  liveUnique,
  slug,
  softDelete,
  SqlRepository,
  tenantScope,
  timestamps,
  uuidKey,
  versioned,
  type PostgresDatabase,
} from '../../src/sql/index.ts'
import { transactionOf, type Capabilities, type OpenHarness, type RepositoryHarness } from '../../src/testing/index.ts'
import { articleOptions, remarkOptions, type HarnessRepositories } from './harness-repositories.ts'

const specimens = pgTable(
  'specimens',
  {
    ...uuidKey(),
    code: text('code').notNull(),
    name: text('name'),
    amount: integer('amount').notNull(),
    ratio: doublePrecision('ratio'),
    active: boolean('active').notNull(),
    at: timestamp('happened_at', { withTimezone: true, precision: 3 }),
    ...timestamps(),
    ...softDelete(),
    ...versioned(),
  },
  (table) => [liveUnique('specimens_code').on(table.code), check('specimens_amount_check', sql`${table.amount} >= 0`)],
)

const entries = pgTable('entries', { ...uuidKey(), text: text('content').notNull(), ...tenantScope(), ...auditColumns() }, (table) => [
  uniqueIndex('entries_text').on(table.tenantId, table.text),
])

const articles = pgTable(
  'articles',
  { ...uuidKey(), title: text('title').notNull(), ...slug('title'), body: text('body'), ...softDelete() },
  (table) => [liveUnique('articles_slug').on(table.slug)],
)

const remarks = pgTable('remarks', {
  ...uuidKey(),
  articleId: uuid('article_id').references(() => articles.id),
  text: text('content').notNull(),
  rank: integer('rank').notNull(),
  ...softDelete(),
})

const taggings = pgTable('taggings', { ...uuidKey(), articleId: uuid('article_id').notNull(), entryId: uuid('entry_id').notNull() })

/** The memory store stands in for the same tables. */
export const postgresTables = { specimens, entries, articles, remarks, taggings }

const ddl = `
  create table specimens (
    id uuid primary key, code text not null, name text, amount integer not null constraint specimens_amount_check check (amount >= 0),
    ratio double precision, active boolean not null, happened_at timestamptz(3), created_at timestamptz(3) not null default now(),
    updated_at timestamptz(3) not null default now(), deleted_at timestamptz(3), deleted_by text, version integer not null default 1
  );
  create unique index specimens_code on specimens (code) where deleted_at is null;
  create table entries (id uuid primary key, content text not null, tenant_id text not null, created_by text not null, updated_by text not null);
  create unique index entries_text on entries (tenant_id, content);
  create table articles (
    id uuid primary key, title text not null, slug text not null, body text, deleted_at timestamptz(3), deleted_by text
  );
  create unique index articles_slug on articles (slug) where deleted_at is null;
  create table remarks (
    id uuid primary key, article_id uuid constraint remarks_article_id_articles_id_fk references articles (id), content text not null,
    rank integer not null, deleted_at timestamptz(3), deleted_by text
  );
  create table taggings (id uuid primary key, article_id uuid not null, entry_id uuid not null);
`

export const postgresCapabilities: Capabilities = {
  savepoints: true,
  rowLocks: true,
  isolationLevels: ['read committed', 'repeatable read', 'serializable'],
  readOnlyTransactions: true,
  foreignKeys: true,
  separateRowsInTransaction: true,
  statementLog: true,
}

/** PostgreSQL through one of its drivers. */
export function postgresHarness(driver: 'postgres' | 'pg'): RepositoryHarness {
  return {
    store: `PostgreSQL (${driver})`,
    missingId: '0190a000-0000-7000-8000-000000000000',
    malformedId: 'not-an-id',
    foreignTransaction: transactionOf('mongo'),
    open: (logger) => openPostgres(driver, logger),
  }
}

async function openPostgres(driver: 'postgres' | 'pg', logger: DatabaseLogger): Promise<OpenHarness> {
  const test = await createPostgresDatabase()
  const database = connectPostgres(test.url, { driver, cursorSecret: 'a secret of at least thirty-two characters', echo: true, logger })
  const withoutSecret = connectPostgres(test.url, { driver, poolSize: 1, maxOverflow: 0 })
  await database.execute(sql.raw(ddl))
  return {
    ...openRepositories(database),
    withoutSecret: new SqlRepository(withoutSecret, specimens),
    transaction: (work, options) => database.transaction(work, options),
    clear: async () => void (await database.execute(sql.raw('truncate specimens, entries, articles, remarks, taggings'))),
    async close() {
      await Promise.all([database.close(), withoutSecret.close()])
      await test.drop()
    },
  }
}

function openRepositories(database: PostgresDatabase): HarnessRepositories {
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
