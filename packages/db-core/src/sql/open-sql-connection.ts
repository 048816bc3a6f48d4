import { RepositoryError, UnavailableError } from '../errors/repository-error.ts'
import { SqlConnection } from './sql-connection.ts'
import type { OpenDriverConnection } from './sql-driver.ts'
import { openPgDriver } from './sql-driver-pg.ts'
import { openPostgresDriver } from './sql-driver-postgres.ts'
import { isConnectionLoss, translateSqlError } from './sql-errors.ts'
import type { SqlNames } from './sql-names.ts'
import type { PostgresSettings } from './postgres-options.ts'
import type { SeenShapes } from './statement-shapes.ts'

const drivers: Readonly<Record<PostgresSettings['driver'], OpenDriverConnection>> = { postgres: openPostgresDriver, pg: openPgDriver }

// The server ends an overlong statement itself; only a silent server makes the client's own deadline act.
const serverGraceMs = 500

/** @throws UnavailableError within `connectTimeoutMs` */
export async function openSqlConnection(
  settings: PostgresSettings,
  shared: { names: SqlNames; shapes: SeenShapes },
  onLost: (connection: SqlConnection) => void,
): Promise<SqlConnection> {
  let lost = false
  let connection: SqlConnection | undefined
  const onSocketLost = () => {
    lost = true
    connection?.lose()
  }
  try {
    const driver = await drivers[settings.driver](settings, onSocketLost)
    connection = new SqlConnection(driver, { ...shared, ...timesOf(settings), onStatement: echoOf(settings), onLost })
  } catch (error) {
    throw openingFailure(error, shared.names)
  }
  if (lost) connection.lose()
  return connection
}

/** Whatever is not the server's own answer means that it could not be reached. */
function openingFailure(error: unknown, names: SqlNames): RepositoryError {
  if (error instanceof RepositoryError || !isConnectionLoss(error)) return translateSqlError(error, names)
  return new UnavailableError('The database cannot be reached.', { cause: error })
}

function timesOf({ statementTimeoutMs }: PostgresSettings): { statementDeadlineMs: number; checkTimeoutMs: number } {
  return { statementDeadlineMs: statementTimeoutMs + serverGraceMs, checkTimeoutMs: 1000 }
}

function echoOf({ echo, logger }: PostgresSettings): ((text: string, milliseconds: number) => void) | undefined {
  if (!echo) return undefined
  return (text, milliseconds) => logger.info({ sql: text, ms: Math.round(milliseconds * 100) / 100 }, 'statement')
}
