import { waitUntil } from '../../repository/retry.ts'
import { openSqlConnection, type SharedByConnections } from '../../sql/open-sql-connection.ts'
import type { SqlConnection } from '../../sql/sql-connection.ts'
import type { SqlDialect } from '../../sql/sql-dialect.ts'
import type { WireResult } from '../../sql/sql-driver.ts'
import type { SqlEngine } from '../../sql/sql-engine.ts'
import { SqlNames } from '../../sql/sql-names.ts'
import { SeenShapes } from '../../sql/statement-shapes.ts'

// The server's own time-out ends an overlong statement; a statement that must stand alone, such as the build of an index, has none.
const longestStatementMs = 24 * 60 * 60_000
const longestConnectMs = 15_000

/** The one connection of a run: it holds the lock and runs the files, so that losing one loses both. */
export class MigrationSession {
  readonly #connection: SqlConnection
  readonly #dialect: Pick<SqlDialect, 'encode' | 'decodeRows'>
  readonly #onClose: () => void
  readonly #deadlines: NodeJS.Timeout

  constructor(connection: SqlConnection, dialect: Pick<SqlDialect, 'encode' | 'decodeRows'>, onClose: () => void = () => {}) {
    this.#connection = connection
    this.#dialect = dialect
    this.#onClose = onClose
    this.#deadlines = setInterval(() => connection.expire(performance.now()), 1000)
  }

  /** True when the connection, and with it the lock, is gone. */
  get lost(): boolean {
    return this.#connection.failure !== undefined
  }

  /** Runs text as it stands, most often one statement; answers how many rows it changed and whether it ended a transaction. */
  script(text: string): Promise<WireResult> {
    return this.#connection.run({ text, values: undefined })
  }

  async rows(text: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> {
    const encoded = values.map((value) => this.#dialect.encode(value) ?? null)
    const { rows, columns } = await this.#connection.run({ text, values: encoded })
    return this.#dialect.decodeRows(rows, columns)
  }

  /** Never throws: without a connection the server rolls back by itself. */
  async rollBack(): Promise<void> {
    if (!this.lost) await this.script('rollback').catch(() => {})
  }

  async close(): Promise<void> {
    clearInterval(this.#deadlines)
    await this.#connection.end()
    this.#onClose()
  }
}

export interface OpenSessionOptions {
  readonly engine: Pick<SqlEngine<unknown>, 'dialect' | 'errors' | 'openDriver'>
  readonly settings: SharedByConnections['settings']
  /** How long to wait for a database that is starting; 15 s at most. */
  readonly waitMs: number
  /** Called when the session is closed. */
  readonly onClose?: () => void
}

/** @throws UnavailableError */
export async function openMigrationSession({ engine, settings, waitMs, onClose }: OpenSessionOptions): Promise<MigrationSession> {
  const shared = {
    engine,
    settings: { ...settings, statementTimeoutMs: longestStatementMs },
    names: new SqlNames(),
    shapes: new SeenShapes(),
  }
  const connection = await waitUntil(() => openSqlConnection(shared, () => {}), { timeoutMs: Math.min(waitMs, longestConnectMs) })
  return new MigrationSession(connection, engine.dialect, onClose)
}
