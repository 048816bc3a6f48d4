import { RepositoryError, UnavailableError } from '../errors/repository-error.ts'
import { SqlConnection } from './sql-connection.ts'
import type { SqlEngine } from './sql-engine.ts'
import type { SqlErrors } from './sql-errors.ts'
import type { SqlNames } from './sql-names.ts'
import type { SqlSettings } from './sql-options.ts'
import type { SeenShapes } from './statement-shapes.ts'

// The server ends an overlong statement itself; only a silent server makes the client's own deadline act.
const serverGraceMs = 500

/** What the connections of one pool have in common. */
export interface SharedByConnections {
  readonly engine: Pick<SqlEngine<unknown>, 'errors' | 'openDriver'>
  readonly settings: Pick<SqlSettings, 'statementTimeoutMs' | 'echo' | 'logger'>
  readonly names: SqlNames
  readonly shapes: SeenShapes
}

/** @throws UnavailableError within `connectTimeoutMs` */
export async function openSqlConnection(shared: SharedByConnections, onLost: (connection: SqlConnection) => void): Promise<SqlConnection> {
  const { engine, settings, names, shapes } = shared
  const { errors } = engine
  let lost = false
  let connection: SqlConnection | undefined
  const onSocketLost = () => {
    lost = true
    connection?.lose()
  }
  try {
    const driver = await engine.openDriver(onSocketLost)
    connection = new SqlConnection(driver, { errors, names, shapes, ...timesOf(settings), onStatement: echoOf(settings), onLost })
  } catch (error) {
    throw openingFailure(error, errors, names)
  }
  if (lost) connection.lose()
  return connection
}

/** Whatever is not the server's own answer means that it could not be reached. */
function openingFailure(error: unknown, errors: SqlErrors, names: SqlNames): RepositoryError {
  if (error instanceof RepositoryError || !errors.isConnectionLoss(error)) return errors.translate(error, names)
  return new UnavailableError('The database cannot be reached.', { cause: error })
}

function timesOf({ statementTimeoutMs }: Pick<SqlSettings, 'statementTimeoutMs'>): { statementDeadlineMs: number; checkTimeoutMs: number } {
  return { statementDeadlineMs: statementTimeoutMs + serverGraceMs, checkTimeoutMs: 1000 }
}

function echoOf({ echo, logger }: Pick<SqlSettings, 'echo' | 'logger'>): ((text: string, milliseconds: number) => void) | undefined {
  if (!echo) return undefined
  return (text, milliseconds) => logger.info({ sql: text, ms: Math.round(milliseconds * 100) / 100 }, 'statement')
}
