import { mysqlEngine } from '../../sql/mysql/mysql-database.ts'
import { readMysqlOptions } from '../../sql/mysql/mysql-options.ts'
import { onMariadb, onMysql } from '../../sql/mysql/mysql-servers.ts'
import { openMigrationSession, type MigrationSession } from '../sql/migration-session.ts'
import type { SqlMigrationDialect } from '../sql/sql-migration-dialect.ts'
import { MigrationError } from '../store/migration-error.ts'
import { readMysqlCatalog } from './mysql-catalog.ts'
import { describeMysqlLock } from './mysql-locks.ts'
import { mysqlMigrationErrors, safeMysqlMessage } from './mysql-migration-errors.ts'
import { noteConnectionId, watchMysqlProgress } from './mysql-progress.ts'
import { mysqlRecordTables } from './mysql-record-tables.ts'
import { endsTransaction, whyRefused } from './mysql-statements.ts'

const limits = { statementTimeoutMs: 30 * 60_000, lockTimeoutMs: 3000, idleInTransactionTimeoutMs: 60_000 } as const

/** MySQL and MariaDB commit with every change of structure, so files run statement by statement and go on where a run was killed. */
export const mysqlMigrationDialect: SqlMigrationDialect = {
  kind: 'mysql',
  open: openMysqlSession,
  tryLock,
  placeholder: () => '?',
  recordTables: mysqlRecordTables,
  recordTableExists:
    "select 1 as present from information_schema.tables where table_schema = database() and table_name = 'polystore_migrations'",
  transactionalStructure: false,
  aroundTransaction: { before: [plainSession()], begin: 'start transaction', beforeCommit: async () => {} },
  refuse: whyRefused,
  runsAlone: endsTransaction,
  beforeAlone: [`set @polystore = null ${onMariadb(', session max_statement_time = 0')}`],
  readCatalog: readMysqlCatalog,
  // The server undoes a change of structure that was interrupted.
  clearLeftovers: async () => [],
  requireWhole: async () => {},
  safeMessage: safeMysqlMessage,
  describeLock: describeMysqlLock,
  estimateRows,
  watchProgress: watchMysqlProgress,
}

async function openMysqlSession(url: string, waitMs: number): Promise<MigrationSession> {
  const settings = readMysqlOptions(url, { applicationName: 'polystore-migrations', ...limits })
  if (settings.target.database === undefined) throw new MigrationError('The database URL names no database.')
  const engine = { ...mysqlEngine(settings), errors: mysqlMigrationErrors }
  const session = await openMigrationSession({ engine, settings, waitMs })
  await noteConnectionId(session)
  return session
}

/** Names of such locks are of the whole server, 64 characters at most and the same in either case. */
async function tryLock(session: MigrationSession): Promise<boolean> {
  const [row] = await session.rows("select get_lock(concat('polystore_migrations_', left(sha2(database(), 256), 40)), 0) as held")
  return Number(row?.['held']) === 1
}

/**
 * What a file finds, whatever the one before it has set. Unlike the sessions of a service these read strings as the server's own
 * client does, with backslashes, for so are migrations written.
 */
function plainSession(): string {
  const modes = [
    'STRICT_ALL_TABLES',
    'ONLY_FULL_GROUP_BY',
    'NO_ZERO_DATE',
    'NO_ZERO_IN_DATE',
    'ERROR_FOR_DIVISION_BY_ZERO',
    'NO_ENGINE_SUBSTITUTION',
  ]
  const seconds = Math.ceil(limits.lockTimeoutMs / 1000)
  const ofMariadb = onMariadb(`, session max_statement_time = ${limits.statementTimeoutMs / 1000}`)
  const ofMysql = onMysql(`, session max_execution_time = ${limits.statementTimeoutMs}`)
  return [
    `set session sql_mode = '${modes.join(',')}'`,
    `session time_zone = '+00:00'`,
    'session foreign_key_checks = 1',
    'session unique_checks = 1',
    'session autocommit = 1',
    `session lock_wait_timeout = ${seconds}`,
    `session innodb_lock_wait_timeout = ${seconds} ${ofMariadb}${ofMysql}`,
  ].join(', ')
}

async function estimateRows(session: MigrationSession, table: string): Promise<number | undefined> {
  const text = 'select table_rows as estimate from information_schema.tables where table_schema = database() and table_name = ?'
  const [row] = await session.rows(text, [table])
  return row?.['estimate'] === undefined || row['estimate'] === null ? undefined : Number(row['estimate'])
}
