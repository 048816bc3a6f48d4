import { mysqlEngine } from '../../sql/mysql/mysql-database.ts'
import { readMysqlOptions } from '../../sql/mysql/mysql-options.ts'
import { openMigrationSession, type MigrationSession } from '../sql/migration-session.ts'
import { cell } from './information-schema.ts'

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

/** The stages of a long statement as MariaDB's list of processes tells them; MySQL's has no such columns, and nothing is said. */
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

function progressText(row: Readonly<Record<string, unknown>>): string | undefined {
  const [stage, stages, percent] = [Number(row['STAGE'] ?? 0), Number(row['MAX_STAGE'] ?? 0), Number(row['PROGRESS'] ?? 0)]
  if (stages === 0) return undefined
  return `${cell(row, 'STATE')}: stage ${stage} of ${stages}, ${Math.round(percent)} %`
}
