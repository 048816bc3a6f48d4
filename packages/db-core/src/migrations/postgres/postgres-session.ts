import { postgresEngine } from '../../sql/postgres/postgres-database.ts'
import { readPostgresOptions } from '../../sql/postgres/postgres-options.ts'
import { openMigrationSession, type MigrationSession } from '../sql/migration-session.ts'

const timeouts = { statementTimeoutMs: 30 * 60_000, lockTimeoutMs: 3000, idleInTransactionTimeoutMs: 60_000 } as const

/** The time-outs are start-up options, so that no RESET in a file takes them away. @throws UnavailableError */
export async function openPostgresSession(url: string, waitMs: number): Promise<MigrationSession> {
  const settings = readPostgresOptions(url, { driver: 'pg', applicationName: 'polystore-migrations', ...timeouts })
  return openMigrationSession({ engine: postgresEngine(settings), settings, waitMs })
}
