import { createPostgresDatabase } from '@polystore/testing'
import { sql } from 'drizzle-orm'
import { boolean, check, doublePrecision, integer, pgTable, text, timestamp, uniqueIndex } from 'drizzle-orm/pg-core'
import { audited, connectPostgres, softDelete, SqlRepository, tenantScope, timestamps, uuidKey, versioned } from '../../src/sql/index.ts'
import type { DatabaseLogger } from '../../src/connection/database-logger.ts'
import { transactionOf, type Capabilities, type OpenHarness, type RepositoryHarness } from '../../src/testing/index.ts'

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
  (table) => [
    uniqueIndex('specimens_code')
      .on(table.code)
      .where(sql`deleted_at is null`),
    check('specimens_amount_check', sql`${table.amount} >= 0`),
  ],
)

const entries = pgTable('entries', { ...uuidKey(), text: text('content').notNull(), ...tenantScope(), ...audited() }, (table) => [
  uniqueIndex('entries_text').on(table.tenantId, table.text),
])

const ddl = `
  create table specimens (
    id uuid primary key, code text not null, name text, amount integer not null constraint specimens_amount_check check (amount >= 0),
    ratio double precision, active boolean not null, happened_at timestamptz(3), created_at timestamptz(3) not null default now(),
    updated_at timestamptz(3) not null default now(), deleted_at timestamptz(3), deleted_by text, version integer not null default 1
  );
  create unique index specimens_code on specimens (code) where deleted_at is null;
  create table entries (id uuid primary key, content text not null, tenant_id text not null, created_by text not null, updated_by text not null);
  create unique index entries_text on entries (tenant_id, content);
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
    specimens: new SqlRepository(database, specimens),
    entries: new SqlRepository(database, entries),
    withoutSecret: new SqlRepository(withoutSecret, specimens),
    transaction: (work, options) => database.transaction(work, options),
    clear: async () => void (await database.execute(sql.raw('truncate specimens, entries'))),
    async close() {
      await Promise.all([database.close(), withoutSecret.close()])
      await test.drop()
    },
  }
}
