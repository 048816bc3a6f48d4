import pg from 'pg'
import { SingleSocket } from '../single-socket.ts'
import { scriptResult, type DriverConnection, type Settle, type WireResult, type WireValue } from '../sql-driver.ts'
import type { PostgresSettings } from './postgres-options.ts'
import { endOf, wireParsers } from './postgres-values.ts'

/** Opens one `pg` client; it has no reconnecting of its own. */
export async function openPgDriver(settings: PostgresSettings, onLost: () => void): Promise<DriverConnection> {
  const socket = new SingleSocket(onLost)
  const client = new pg.Client(configFor(settings, socket))
  // Without a listener a lost connection would end the process. It speaks before the socket closes, and so must the fence.
  client.on('error', onLost)
  client.on('notice', () => settings.logger.debug({}, 'the database sent a notice'))
  await socket.within(settings.connectTimeoutMs, client.connect())
  return new PgDriverConnection(client, socket)
}

class PgDriverConnection implements DriverConnection {
  readonly #client: pg.Client
  readonly #socket: SingleSocket

  constructor(client: pg.Client, socket: SingleSocket) {
    this.#client = client
    this.#socket = socket
  }

  send(text: string, values: WireValue[], name: string | undefined, settle: Settle): void {
    // `queryMode` keeps an unnamed statement without parameters to one statement; the typings do not know it.
    const query = { text, values, name, rowMode: 'array' as const, types, queryMode: 'extended' }
    this.#client.query<unknown[]>(query, (error, result) => (error ? settle.reject(error) : settle.resolve(toWireResult(result))))
  }

  sendScript(text: string, settle: Settle): void {
    this.#client.query<unknown[]>({ text, rowMode: 'array', types }, (error, result) =>
      error ? settle.reject(error) : settle.resolve(scriptResult([result].flat().map(toWireResult))),
    )
  }

  destroy(): void {
    this.#socket.destroy()
  }

  end(): Promise<void> {
    return this.#socket.closedWithin(1000, () => this.#client.end())
  }
}

const asText = (text: string) => text
const types = { getTypeParser: (type: number) => wireParsers.get(type) ?? asText }

type DriverResult = pg.QueryArrayResult<unknown[]>

function toWireResult(result: DriverResult): WireResult {
  return {
    rows: result.rows,
    get columns() {
      return result.fields.map((field) => ({ name: field.name, type: field.dataTypeID }))
    },
    count: result.rowCount ?? 0,
    ended: endOf(result.command),
  }
}

function configFor(settings: PostgresSettings, socket: SingleSocket): pg.ClientConfig {
  return {
    connectionString: settings.url,
    application_name: settings.applicationName,
    connectionTimeoutMillis: settings.connectTimeoutMs,
    statement_timeout: settings.statementTimeoutMs,
    lock_timeout: settings.lockTimeoutMs,
    idle_in_transaction_session_timeout: settings.idleInTransactionTimeoutMs,
    options: '-c TimeZone=UTC -c DateStyle=ISO',
    stream: () => socket.socket,
  }
}
