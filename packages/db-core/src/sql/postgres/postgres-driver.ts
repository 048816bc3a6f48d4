import postgres from 'postgres'
import { SingleSocket } from '../single-socket.ts'
import { scriptResult, type DriverConnection, type Settle, type WireResult, type WireValue } from '../sql-driver.ts'
import type { PostgresSettings } from './postgres-options.ts'
import { endOf, textTypes, wireParsers } from './postgres-values.ts'

/** Opens a `postgres` instance of one connection that can never reconnect, because it is given one socket only. */
export async function openPostgresDriver(settings: PostgresSettings, onLost: () => void): Promise<DriverConnection> {
  const socket = new SingleSocket(onLost)
  const sql = postgres(settings.url, optionsFor(settings, socket, onLost))
  await socket.within(settings.connectTimeoutMs, sql.unsafe('select 1'))
  return new PostgresDriverConnection(sql, socket)
}

// The driver copies them into each query, so they may be shared.
const named = { prepare: true, simple: false }
const unnamed = { prepare: false, simple: false }
const script = { prepare: false, simple: true }

/** Named in the typings only: a `WireValue` may be a bigint. Here it never is, for PostgreSQL is sent text. */
type DriverTypes = { bigint: postgres.PostgresType<bigint> }
type TextSql = postgres.Sql<{ bigint: bigint }>

class PostgresDriverConnection implements DriverConnection {
  readonly #sql: TextSql
  readonly #socket: SingleSocket

  constructor(sql: TextSql, socket: SingleSocket) {
    this.#sql = sql
    this.#socket = socket
  }

  send(text: string, values: WireValue[], name: string | undefined, settle: Settle): void {
    const query = this.#sql.unsafe(text, values, name === undefined ? unnamed : named).values()
    query.then((result) => settle.resolve(toWireResult(result)), settle.reject)
  }

  sendScript(text: string, settle: Settle): void {
    const query = this.#sql.unsafe(text, [], script).values()
    query.then((result) => settle.resolve(scriptResult(allResults(result))), settle.reject)
  }

  destroy(): void {
    this.#socket.destroy()
  }

  end(): Promise<void> {
    return this.#socket.closedWithin(1000, () => this.#sql.end({ timeout: 1 }))
  }
}

type DriverResult = postgres.ValuesRowList<(postgres.Row & Iterable<postgres.Row>)[]>

function toWireResult(result: DriverResult): WireResult {
  return { rows: result, columns: result.columns ?? [], count: result.count ?? 0, ended: endOf(result.command) }
}

/** One statement answers with its result, several with a list of results. */
function allResults(result: DriverResult): WireResult[] {
  if ('command' in result) return [toWireResult(result)]
  const results: DriverResult[] = result
  return results.map(toWireResult)
}

interface SocketTarget {
  readonly host: readonly string[]
  readonly port: readonly number[]
  readonly path: string | false
}

function optionsFor(settings: PostgresSettings, socket: SingleSocket, onLost: () => void): postgres.Options<DriverTypes> {
  const options = {
    max: 1,
    idle_timeout: 0,
    max_lifetime: null,
    // Later than the deadline of `SingleSocket`, which alone decides.
    connect_timeout: Math.ceil(settings.connectTimeoutMs / 1000) + 5,
    fetch_types: false,
    onclose: onLost,
    onnotice: () => settings.logger.debug({}, 'the database sent a notice'),
    types: driverTypes(),
    socket: ({ host, port, path }: SocketTarget) =>
      socket.connect(path ? { path } : { host: host[0] ?? 'localhost', port: port[0] ?? 5432 }),
    connection: {
      application_name: settings.applicationName,
      statement_timeout: settings.statementTimeoutMs,
      lock_timeout: settings.lockTimeoutMs,
      idle_in_transaction_session_timeout: settings.idleInTransactionTimeoutMs,
      TimeZone: 'UTC',
      DateStyle: 'ISO',
    },
  }
  return options
}

/** Every type arrives as `wireParsers` says and leaves as the text that `encodeValue` made. */
function driverTypes(): DriverTypes {
  const keep = (value: unknown) => value
  const typeOf = (type: number, parse: (text: string) => unknown) => ({
    to: type,
    from: [type],
    parse,
    serialize: keep,
  })
  const parsed = [...wireParsers].map(([type, parse]) => [`t${type}`, typeOf(type, parse)] as const)
  const texts = textTypes.map((type) => [`t${type}`, typeOf(type, keep)] as const)
  return { ...Object.fromEntries([...parsed, ...texts]), bigint: { to: 0, from: [], parse: BigInt, serialize: String } }
}
