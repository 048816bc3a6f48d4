import { setTimeout as delay } from 'node:timers/promises'
import { UnknownDatabaseError } from '../../errors/repository-error.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { Direction, Migration } from '../store/migration.ts'
import { splitStatements } from '../files/split-statements.ts'
import { appliedBy } from '../store/applied-by.ts'
import { MigrationError } from '../store/migration-error.ts'
import type {
  HistoryEntry,
  MigrationRecords,
  MigrationStore,
  PlannedStatement,
  RecordChanges,
  StepContext,
} from '../store/migration-store.ts'
import { explainFailure } from './explain-failure.ts'
import type { MigrationSession } from './migration-session.ts'
import { rehearse } from './rehearse.ts'
import { runByStatement } from './run-by-statement.ts'
import { runInTransaction } from './run-in-transaction.ts'
import type { SqlMigrationDialect } from './sql-migration-dialect.ts'
import { SqlRecords } from './sql-records.ts'
import { inTransaction, requireRunnable, StatementFailure, type SqlRun, type SqlTask } from './sql-run.ts'
import { tableOf } from './table-of.ts'

const pollMs = 250

/** Opens the one connection of a run. @throws RepositoryError */
export async function openSqlMigrationStore(dialect: SqlMigrationDialect, url: string, waitMs: number): Promise<SqlMigrationStore> {
  return new SqlMigrationStore(dialect, await dialect.open(url, waitMs), url)
}

/** The migrations of one SQL database, whichever it is. */
export class SqlMigrationStore implements MigrationStore {
  readonly kind: SqlMigrationDialect['kind']
  readonly rehearse?: (migrations: readonly Migration[], direction: Direction, context: StepContext) => Promise<void>
  readonly #run: Omit<SqlRun, 'log'>

  constructor(dialect: SqlMigrationDialect, session: MigrationSession, url: string) {
    this.kind = dialect.kind
    this.#run = { session, dialect, records: new SqlRecords(session, dialect, appliedBy(userOf(url))), url }
    if (dialect.transactionalStructure) this.rehearse = (migrations, direction, context) => this.#rehearse(migrations, direction, context)
  }

  /** Polls, for a session that waits inside a lock's own call would block CREATE INDEX CONCURRENTLY of the holder. */
  async lock(waitMs: number, onWait: () => void): Promise<void> {
    const { dialect, session } = this.#run
    const endsAt = performance.now() + waitMs
    for (let tried = 1; !(await dialect.tryLock(session)); tried++) {
      if (tried === 1) onWait()
      if (performance.now() > endsAt)
        throw new MigrationError('Another run of migrations holds the lock; wait for its end, then try again.')
      await delay(pollMs)
    }
  }

  prepare(): Promise<void> {
    return this.#run.records.create()
  }

  async readRecords(): Promise<MigrationRecords> {
    const { records } = this.#run
    if (!(await records.exist())) return { records: [], catalog: undefined }
    return { records: await records.read().catch(refuseOtherShape), catalog: await records.readCatalog() }
  }

  async readHistory(limit: number): Promise<HistoryEntry[]> {
    const { records } = this.#run
    return (await records.exist()) ? records.readHistory(limit) : []
  }

  readCatalog(): Promise<Catalog> {
    return this.#run.dialect.readCatalog(this.#run.session)
  }

  async run(migration: Migration, direction: Direction, context: StepContext): Promise<void> {
    const run = { ...this.#run, log: context.log }
    const startedAt = performance.now()
    const task = taskOf(run, migration, direction)
    try {
      await (this.#isOneTransaction(task) ? runInTransaction(run, task, startedAt) : runByStatement(run, task, startedAt))
    } catch (error) {
      throw await this.#failed(task, { error, startedAt })
    }
  }

  async record({ add = [], accept = [], forget = [], catalog, history }: RecordChanges): Promise<void> {
    const { records } = this.#run
    await inTransaction({ ...this.#run, log: () => {} }, async () => {
      for (const migration of add) await records.writeApplied(migration)
      for (const migration of accept) await records.accept(migration)
      for (const name of forget) await records.erase(name)
      if (catalog !== undefined) await records.writeCatalog(catalog)
      for (const entry of history) await records.addHistory(entry)
    })
  }

  async plan(migration: Migration, direction: Direction): Promise<PlannedStatement[]> {
    const planned: PlannedStatement[] = []
    for (const { text } of taskOf(this.#run, migration, direction).statements) planned.push(await this.#planStatement(text))
    return planned
  }

  close(): Promise<void> {
    return this.#run.session.close()
  }

  async #planStatement(text: string): Promise<PlannedStatement> {
    const { dialect, session } = this.#run
    const lock = dialect.describeLock(text)
    const table = tableOf(text)
    const rows = table === undefined ? undefined : await dialect.estimateRows(session, table)
    return { text, ...(lock !== undefined && { lock }), ...(rows !== undefined && { rows }) }
  }

  async #rehearse(migrations: readonly Migration[], direction: Direction, context: StepContext): Promise<void> {
    const run = { ...this.#run, log: context.log }
    try {
      await rehearse(
        run,
        migrations.map((migration) => taskOf(run, migration, direction)),
      )
    } catch (error) {
      throw this.#explain(error)
    }
  }

  #isOneTransaction({ script }: SqlTask): boolean {
    return this.#run.dialect.transactionalStructure && script.transaction
  }

  /** Keeps the failure in the history, as far as the connection still can, and gives it words. */
  async #failed({ migration, direction }: SqlTask, { error, startedAt }: { error: unknown; startedAt: number }): Promise<MigrationError> {
    const { session, records } = this.#run
    const explained = this.#explain(error, `${migration.name} failed`, `${direction}.sql`)
    const entry = { event: 'failed' as const, name: migration.name, detail: explained.message, durationMs: performance.now() - startedAt }
    // What went wrong matters more than that it could not be written down.
    if (!session.lost) await records.addHistory(entry).catch(() => {})
    return explained
  }

  #explain(error: unknown, what = 'The rehearsal failed', file = 'file'): MigrationError {
    if (error instanceof MigrationError) return error
    const { dialect } = this.#run
    if (!(error instanceof StatementFailure)) return new MigrationError(`${what}: ${explainFailure(error, dialect)}`, { cause: error })
    return new MigrationError(`${what} in ${file}, line ${error.statement.line}: ${explainFailure(error.cause, dialect)}`, {
      cause: error.cause,
    })
  }
}

/** Before its first release db-core kept other columns. */
function refuseOtherShape(error: unknown): never {
  if (!(error instanceof UnknownDatabaseError)) throw error
  const what = 'The table polystore_migrations lacks columns: an older db-core made it.'
  throw new MigrationError(`${what} Drop it, then record by "baseline" what it held; a database of development is sooner made anew.`, {
    cause: error,
  })
}

function taskOf({ dialect }: Pick<SqlRun, 'dialect'>, migration: Migration, direction: Direction): SqlTask {
  const script = migration[direction]
  if (script === undefined) throw new MigrationError(noWayBack(migration))
  const task = { migration, direction, script, statements: splitStatements(script.text, dialect.kind) }
  requireRunnable(dialect, task)
  return task
}

function noWayBack({ name, irreversible }: Migration): string {
  const why = irreversible === undefined ? 'it has no down.sql' : irreversible
  return `${name} cannot be undone: ${why}. Go forward with a new migration instead.`
}

function userOf(url: string): string {
  return decodeURIComponent(URL.parse(url)?.username ?? '')
}
