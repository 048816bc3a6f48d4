import { createConnection, type Connection, type ConnectionOptions, type QueryError } from 'mysql2'
import { SingleSocket } from '../single-socket.ts'
import { scriptResult, type DriverConnection, type Settle, type WireResult, type WireValue } from '../sql-driver.ts'
import type { MysqlSettings } from './mysql-options.ts'
import { parseResults, TransactionState } from './mysql-results.ts'
import { sessionScript } from './mysql-session.ts'
import { toParameter } from './mysql-values.ts'

/** Opens one `mysql2` connection on one socket: it has no reconnecting of its own. */
export async function openMysqlDriver(settings: MysqlSettings, onLost: () => void): Promise<DriverConnection> {
  const socket = new SingleSocket(onLost)
  return await socket.within(settings.connectTimeoutMs, connect(settings, socket, onLost))
}

async function connect(settings: MysqlSettings, socket: SingleSocket, onLost: () => void): Promise<DriverConnection> {
  await socket.connect(settings.target.address)
  const connection = createConnection(configFor(settings, socket))
  // Without a listener a lost connection would end the process.
  connection.on('error', onLost)
  await new Promise<void>((resolve, reject) => connection.connect((error) => (error ? reject(error) : resolve())))
  const driver = new MysqlDriverConnection(connection, socket)
  await driver.begin(sessionScript(settings))
  return driver
}

class MysqlDriverConnection implements DriverConnection {
  readonly #connection: Connection
  readonly #socket: SingleSocket
  readonly #state = new TransactionState()
  /** Text → the name under which it was prepared; a new name asks for a new plan. */
  readonly #names = new Map<string, string>()
  /** Between two keys that one statement counts; more than 1 on clusters with several writers. */
  #keyStep = 1

  constructor(connection: Connection, socket: SingleSocket) {
    this.#connection = connection
    this.#socket = socket
  }

  async begin(script: string): Promise<void> {
    const { rows } = await new Promise<WireResult>((resolve, reject) => this.sendScript(script, { resolve, reject }))
    this.#keyStep = Number(rows[0]?.[0])
  }

  /** Always a statement prepared on the server: no value ever becomes part of a text. */
  send(text: string, values: WireValue[], name: string | undefined, settle: Settle): void {
    if (name === undefined) return this.#sendOnce(text, values, settle)
    if ((this.#names.get(text) ?? name) !== name) this.#connection.unprepare(text)
    this.#names.set(text, name)
    this.#connection.execute({ sql: text, values: values.map(toParameter) }, this.#answer(text, settle))
  }

  sendScript(text: string, settle: Settle): void {
    this.#connection.query({ sql: text }, this.#answer(text, settle))
  }

  destroy(): void {
    this.#socket.destroy()
  }

  end(): Promise<void> {
    return this.#socket.closedWithin(1000, () => new Promise((resolve) => this.#connection.end(resolve)))
  }

  #sendOnce(text: string, values: WireValue[], settle: Settle): void {
    this.#connection.prepare(text, (error, statement) => {
      if (error) return settle.reject(failureOf(error, text))
      statement.execute(values.map(toParameter), this.#answer(text, settle))
      // By the text, for the driver keeps every statement under it and would take a closed one for a prepared one.
      this.#connection.unprepare(text)
    })
  }

  #answer(text: string, settle: Settle): (error: QueryError | null, result: unknown, fields: unknown) => void {
    return (error, result, fields) => {
      if (error) settle.reject(failureOf(error, text))
      else settle.resolve(this.#resultOf(text, result, fields))
    }
  }

  #resultOf(text: string, result: unknown, fields: unknown): WireResult {
    const results = parseResults(result, fields)
    const { insertId, ...rest } = scriptResult(results)
    const ended = this.#state.endedBy(text, results)
    return rest.count > 1 && this.#keyStep !== 1 ? { ...rest, ended } : { ...rest, insertId, ended }
  }
}

/** The error knows the statement's text, which holds names and never a value. */
function failureOf(error: QueryError, text: string): QueryError {
  return Object.assign(error, { sql: text })
}

// `ConnectionShapes` gives at most 256 names to a connection.
const statementsKept = 300

function configFor({ target, applicationName }: MysqlSettings, socket: SingleSocket): ConnectionOptions {
  const { host, user, password, database, tls } = target
  return {
    stream: socket.socket,
    host,
    user,
    password,
    ...(database !== undefined && { database }),
    ...(tls !== 'off' && { ssl: { rejectUnauthorized: tls === 'verified', verifyIdentity: tls === 'verified' } }),
    connectAttributes: { program_name: applicationName },
    // Later than the deadline of `SingleSocket`, which alone decides.
    connectTimeout: 0,
    charset: 'utf8mb4',
    // FOUND_ROWS is among the defaults of the driver: an update answers how many rows it matched, changed or not.
    flags: ['FOUND_ROWS', '-LOCAL_FILES', '-IGNORE_SPACE'],
    // For scripts; a text with parameters is prepared, and the server prepares one statement only.
    multipleStatements: true,
    rowsAsArray: true,
    supportBigNumbers: true,
    bigNumberStrings: true,
    dateStrings: true,
    jsonStrings: true,
    maxPreparedStatements: statementsKept,
  }
}
