import { mysqlEngine } from '../../sql/mysql/mysql-database.ts'
import { readMysqlOptions } from '../../sql/mysql/mysql-options.ts'
import { openMigrationSession, type MigrationSession } from '../sql/migration-session.ts'
import { cell, type SchemaRow } from './information-schema.ts'

interface ProgressWatch {
  /** Undefined while the server says nothing. */
  read(): Promise<string | undefined>
  close(): Promise<void>
}

const connectionIds = new WeakMap<MigrationSession, unknown>()

/** Notes the number under which the server lists a session: one that is busy cannot be asked. */
export async function noteConnectionId(session: MigrationSession): Promise<void> {
  const [row] = await session.rows('select connection_id() as id')
  connectionIds.set(session, row?.['id'])
}

/** What a long statement is at, as the server's list of processes tells it; MariaDB says how far it is as well. */
export async function watchMysqlProgress(url: string, session: MigrationSession): Promise<ProgressWatch> {
  const settings = readMysqlOptions(url, { applicationName: 'polystore-migrations-progress' })
  const observer = await openMigrationSession({ engine: mysqlEngine(settings), settings, waitMs: 1000 })
  return {
    async read() {
      const [row] = await observer.rows('select * from information_schema.processlist where id = ?', [connectionIds.get(session) ?? 0])
      return row === undefined ? undefined : progressText(row)
    },
    close: () => observer.close(),
  }
}

function progressText(row: SchemaRow): string | undefined {
  const state = cell(row, 'STATE')
  const [stage, stages, percent] = [Number(row['STAGE'] ?? 0), Number(row['MAX_STAGE'] ?? 0), Number(row['PROGRESS'] ?? 0)]
  if (stages > 0) return `${state}: stage ${stage} of ${stages}, ${Math.round(percent)} %`
  return state === '' ? undefined : state
}
