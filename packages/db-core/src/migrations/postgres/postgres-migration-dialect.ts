import { normalisedStatement } from '../files/split-statements.ts'
import type { MigrationSession } from '../sql/migration-session.ts'
import type { SqlMigrationDialect } from '../sql/sql-migration-dialect.ts'
import { readPostgresCatalog } from './postgres-catalog.ts'
import { clearLeftovers, concernsIndex, requireValidIndex } from './postgres-invalid-indexes.ts'
import { describePostgresLock } from './postgres-locks.ts'
import { migrationLockKey, watchPostgresProgress } from './postgres-progress.ts'
import { postgresRecordTables } from './postgres-record-tables.ts'
import { openPostgresSession } from './postgres-session.ts'

/** PostgreSQL undoes changes of structure with their transaction; what it runs concurrently stands alone. */
export const postgresMigrationDialect: SqlMigrationDialect = {
  kind: 'postgres',
  open: openPostgresSession,
  tryLock,
  placeholder: (position) => `$${position}`,
  recordTables: postgresRecordTables,
  recordTableExists: "select 1 as present where to_regclass('polystore_migrations') is not null",
  transactionalStructure: true,
  aroundTransaction: {
    // The time-outs are start-up options of the session, so this brings them back.
    before: ['reset all', 'reset role'],
    begin: 'begin',
    // The records lie where the session began, whatever the file has set.
    beforeCommit: async (session) => void (await session.script('reset search_path; reset role')),
  },
  runsAlone,
  // It waits for the transactions that were open before it and blocks nobody meanwhile; ending it early would only leave it undone.
  beforeAlone: ['set lock_timeout = 0', 'set statement_timeout = 0'],
  readCatalog: readPostgresCatalog,
  clearLeftovers,
  concerns: concernsIndex,
  requireWhole: requireValidIndex,
  safeMessage,
  describeLock: describePostgresLock,
  estimateRows,
  watchProgress: watchPostgresProgress,
}

async function tryLock(session: MigrationSession): Promise<boolean> {
  const [row] = await session.rows('select pg_try_advisory_lock($1::bigint) as held', [migrationLockKey])
  return row?.['held'] === true
}

const alone = [
  /^(?:create|drop) (?:unique )?index concurrently\b/i,
  /^reindex\b.*\b(?:concurrently|schema|database|system)\b/i,
  /^alter table\b.*\bdetach partition\b.*\bconcurrently$/i,
  /^(?:vacuum|alter system|(?:create|drop) (?:database|tablespace|subscription))\b/i,
]

function runsAlone(statement: string): boolean {
  const text = normalisedStatement(statement, 'postgres')
  return alone.some((pattern) => pattern.test(text))
}

// Errors of data quote it in classes 22 and 23, and whoever raises one in a routine may quote anything.
const classesWithValues = /^(?:22|23|P0|38|39|XX)/

function safeMessage(cause: Error): string | undefined {
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
  if (!/^[0-9A-Z]{5}$/.test(code) || classesWithValues.test(code)) return undefined
  return `${cause.message} (${code})`
}

/** By the statistics; a table that has none is guessed from its size. */
async function estimateRows(session: MigrationSession, table: string): Promise<number | undefined> {
  const [row] = await session.rows(
    `select case when reltuples >= 0 then reltuples else pg_relation_size(oid) / 100 end::bigint::text as estimate
       from pg_class where oid = to_regclass(quote_ident($1))`,
    [table],
  )
  return row === undefined ? undefined : Number(row['estimate'])
}
