import { setTimeout as delay } from 'node:timers/promises'
import { LockTimeoutError } from '../errors/repository-error.ts'
import { retryDelayMs } from '../repository/retry.ts'
import { dropInvalidIndexes, requireValidIndexes } from './concurrent-index.ts'
import { chooseDown, chooseUp, type MigrationAction, type MigrationCommand } from './migration-command.ts'
import { MigrationError } from './migration-error.ts'
import { readMigrations, runsOutsideTransaction, type Migration } from './migration-files.ts'
import { createRecords, eraseRecord, readRecords, writeRecord } from './migration-records.ts'
import { explainFailure, openMigrationSession, type MigrationSession } from './migration-session.ts'
import { compareMigrations, exitCodeOf, type MigrationStatus } from './migration-status.ts'

export interface MigrateOptions {
  readonly url: string
  /** Holds `NNNN-name/up.sql` and `down.sql`. */
  readonly folder: URL | string
  readonly command: MigrationAction
  /** How many migrations, or the number or name of the last one that shall be applied; `up` means all, `down` one. */
  readonly target?: string | undefined
  /** One plain line per event. */
  readonly log?: (line: string) => void
  /** How long to wait for the database and for another run; 60,000 unless said otherwise. */
  readonly waitMs?: number
}

export interface MigrationReport {
  /** Names in the order in which this run applied or undid them. */
  readonly changed: readonly string[]
  readonly migrations: readonly MigrationStatus[]
  /** 0 clean, 2 pending, 3 missing from the folder, 4 changed after being applied. */
  readonly exitCode: number
}

interface Run {
  readonly session: MigrationSession
  readonly files: readonly Migration[]
  readonly command: MigrationCommand
  readonly log: (line: string) => void
}

const lockRetries = 5

/** Applies, undoes or lists the migrations of one PostgreSQL database; many may start at once. @throws MigrationError, RepositoryError */
export async function migrate(options: MigrateOptions): Promise<MigrationReport> {
  const { url, folder, command: action, target, log = () => {}, waitMs = 60_000 } = options
  const files = await readMigrations(folder)
  const session = await openMigrationSession(url, waitMs)
  try {
    if (action !== 'status') await session.lock(waitMs)
    const changed = action === 'status' ? [] : await change({ session, files, command: { action, target }, log })
    const migrations = compareMigrations(files, await readRecords(session))
    return { changed, migrations, exitCode: exitCodeOf(migrations) }
  } finally {
    await session.close()
  }
}

async function change(run: Run): Promise<string[]> {
  await createRecords(run.session)
  const statuses = compareMigrations(run.files, await readRecords(run.session))
  const edited = statuses.find(({ state }) => state === 'changed')
  if (edited) throw new MigrationError(`${edited.name} was changed after it had been applied.`, { exitCode: exitCodeOf(statuses) })
  return run.command.action === 'up' ? goUp(run, statuses) : goDown(run, statuses)
}

async function goUp(run: Run, statuses: readonly MigrationStatus[]): Promise<string[]> {
  const open = new Set(statuses.filter(({ state }) => state === 'pending').map(({ name }) => name))
  const pending = run.files.filter(({ name }) => open.has(name))
  const chosen = chooseUp(run.files, pending, run.command.target)
  for (const file of chosen) await applyFile(run, { file, sql: file.up, done: 'applied', record: () => writeRecord(run.session, file) })
  return chosen.map(({ name }) => name)
}

async function goDown(run: Run, statuses: readonly MigrationStatus[]): Promise<string[]> {
  const applied = statuses.filter(({ state }) => state !== 'pending')
  const chosen = chooseDown(run.files, applied, run.command.target)
  for (const { name } of chosen) await undo(run, name)
  return chosen.map(({ name }) => name)
}

async function undo(run: Run, name: string): Promise<void> {
  const file = run.files.find((candidate) => candidate.name === name)
  if (file?.down === undefined) throw new MigrationError(`${name} has no down.sql.`)
  await applyFile(run, { file, sql: file.down, done: 'undone', record: () => eraseRecord(run.session, name) })
}

interface Step {
  readonly file: Migration
  readonly sql: string
  readonly done: 'applied' | 'undone'
  readonly record: () => Promise<void>
}

async function applyFile(run: Run, step: Step): Promise<void> {
  const startedAt = performance.now()
  const perform = runsOutsideTransaction(step.sql) ? runBare : runInTransaction
  try {
    await retryLocks(() => perform(run.session, step))
  } catch (error) {
    if (error instanceof MigrationError) throw error
    throw new MigrationError(`${step.file.name} failed: ${explainFailure(error)}`, { cause: error })
  }
  run.log(`${step.done} ${step.file.name} (${Math.round(performance.now() - startedAt)} ms)`)
}

/** A lock that is not free within lock_timeout lets traffic pass, then is tried again. */
async function retryLocks(attempt: () => Promise<void>): Promise<void> {
  for (let tried = 0; ; tried++) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof LockTimeoutError) || tried === lockRetries) throw error
      await delay(500 + retryDelayMs(tried))
    }
  }
}

async function runInTransaction(session: MigrationSession, step: Step): Promise<void> {
  await session.script("reset all; begin; set local polystore.migration = 'open'")
  try {
    await session.script(step.sql)
    await requireOpenTransaction(session, step.file)
    await step.record()
    await session.script('commit')
  } catch (error) {
    await session.rollBack()
    throw error
  }
}

async function requireOpenTransaction(session: MigrationSession, file: Migration): Promise<void> {
  const [row] = await session.rows("select current_setting('polystore.migration', true) as state")
  if (row?.['state'] !== 'open') throw new MigrationError(`${file.name} ends the transaction it runs in; say "-- transaction: off" in its first line.`)
}

async function runBare(session: MigrationSession, step: Step): Promise<void> {
  await session.script('reset all')
  await dropInvalidIndexes(session, step.sql)
  await session.script(step.sql)
  await requireValidIndexes(session, step.sql)
  await step.record()
}
