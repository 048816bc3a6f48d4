import { SqliteFailure } from '../../sql/sqlite/sqlite-failure.ts'
import { sqliteEngine } from '../../sql/sqlite/sqlite-database.ts'
import { SqliteOpener } from '../../sql/sqlite/sqlite-opener.ts'
import { readSqliteOptions } from '../../sql/sqlite/sqlite-options.ts'
import { openMigrationSession, type MigrationSession } from '../sql/migration-session.ts'
import type { SqlMigrationDialect } from '../sql/sql-migration-dialect.ts'
import { MigrationError } from '../store/migration-error.ts'
import { readSqliteCatalog } from './sqlite-catalog.ts'
import { describeSqliteLock } from './sqlite-locks.ts'
import { sqliteRecordTables } from './sqlite-record-tables.ts'
import { SideLock } from './sqlite-side-lock.ts'
import { meaningfulTokens } from './sqlite-text.ts'

const sideLocks = new WeakMap<MigrationSession, SideLock>()

/** SQLite undoes changes of structure with their transaction. */
export const sqliteMigrationDialect: SqlMigrationDialect = {
  kind: 'sqlite',
  open: openSqliteSession,
  // A database in memory has no lock: nobody else can reach it.
  tryLock: async (session) => sideLocks.get(session)?.tryTake() ?? true,
  placeholder: () => '?',
  recordTables: sqliteRecordTables,
  recordTableExists: "select 1 as present from sqlite_schema where type = 'table' and name = 'polystore_migrations'",
  transactionalStructure: true,
  aroundTransaction: {
    // A table is changed by building it anew, and dropping the old one would take along the rows that refer to it.
    before: ['pragma foreign_keys = off', 'pragma legacy_alter_table = off'],
    begin: 'begin immediate',
    beforeCommit: requireReferences,
  },
  runsAlone,
  beforeAlone: [],
  readCatalog: readSqliteCatalog,
  clearLeftovers: async () => [],
  requireWhole: async () => {},
  safeMessage,
  describeLock: describeSqliteLock,
  estimateRows,
}

async function openSqliteSession(url: string, waitMs: number): Promise<MigrationSession> {
  const settings = readSqliteOptions(url, { lockTimeoutMs: 3000 })
  const opener = new SqliteOpener(settings)
  const lock = settings.location.kind === 'file' ? new SideLock(settings.location.path) : undefined
  const onClose = (): void => {
    lock?.release()
    opener.close()
  }
  const session = await openMigrationSession({ engine: sqliteEngine(opener), settings, waitMs, onClose })
  if (lock) sideLocks.set(session, lock)
  return session
}

/** Pragmas that a transaction refuses or, worse, ignores. */
const ofConnection: ReadonlySet<string> = new Set([
  'auto_vacuum',
  'foreign_keys',
  'journal_mode',
  'page_size',
  'synchronous',
  'temp_store',
  'wal_checkpoint',
])

function runsAlone(statement: string): boolean {
  const [first = '', second = '', third = '', fourth = ''] = meaningfulTokens(statement).map(({ text }) => text.toLowerCase())
  if (first === 'pragma') return ofConnection.has(third === '.' ? fourth : second)
  return first === 'vacuum' || first === 'attach' || first === 'detach'
}

/** While a migration runs nothing checks references, so all of them are checked at its end. */
async function requireReferences(session: MigrationSession): Promise<void> {
  const broken = await session.rows(
    'select "table" as child, parent, count(*) as times from pragma_foreign_key_check group by "table", parent order by "table", parent',
  )
  if (broken.length === 0) return
  const places = broken.map(({ child, parent, times }) => `${String(times)} in ${String(child)} to ${String(parent)}`)
  throw new MigrationError(
    `The migration would leave references to rows that do not exist: ${places.join(', ')}. It is not recorded: mend those rows in it, or before it, and run again.`,
  )
}

const raisedByTrigger = 1811

/** SQLite's messages hold names; only a trigger can say what it likes. */
function safeMessage(cause: Error): string | undefined {
  if (!(cause instanceof SqliteFailure) || cause.resultCode === raisedByTrigger) return undefined
  return cause.resultCode === undefined ? cause.message : `${cause.message} (SQLite ${cause.resultCode})`
}

/** The largest row number, which is at hand; tables without row numbers are counted. */
async function estimateRows(session: MigrationSession, table: string): Promise<number | undefined> {
  const text = "select wr from pragma_table_list where schema = 'main' and type = 'table' and name = ? collate nocase"
  const [found] = await session.rows(text, [table])
  if (found === undefined) return undefined
  const what = found['wr'] === 1 ? 'count(*)' : 'coalesce(max(rowid), 0)'
  const [row] = await session.rows(`select ${what} as estimate from "${table.replaceAll('"', '""')}"`)
  return Number(row?.['estimate'])
}
