import { RepositoryError } from '../errors/repository-error.ts'
import type { MigrateOptions, MigrationReport } from '../migrations/migrate.ts'
import { chooseDown, chooseUp } from '../migrations/migration-command.ts'
import { MigrationError } from '../migrations/migration-error.ts'
import { compareMigrations, exitCodeOf, type AppliedMigration } from '../migrations/migration-status.ts'
import type { CollectionDefinition } from './mongo-collection.ts'
import { connectMongo, type MongoDatabase } from './mongo-database.ts'
import { acquireLease, type MongoLease } from './mongo-lease.ts'
import { readMongoMigrations, runScript, type MongoMigration } from './mongo-migration-files.ts'
import { planCollections } from './mongo-reconcile.ts'
import { structureCommand } from './mongo-structure-command.ts'
import type { ReconcileStep } from './mongo-index-plan.ts'

export interface MigrateMongoOptions extends MigrateOptions {
  /** Holds `NNNN-name/up.ts` and `down.ts`, which export `up(database)` and `down(database)`; it need not exist. */
  readonly folder: URL | string
  /** Every collection of the service; `up` reconciles their validators and indexes. */
  readonly collections: readonly CollectionDefinition[]
}

export interface MongoMigrationReport extends MigrationReport {
  /** What is left to do to validators and indexes. */
  readonly plan: readonly ReconcileStep[]
}

interface MigrationRecord {
  readonly _id: string
  readonly checksum: string
  readonly appliedAt: Date
}

interface Run {
  readonly database: MongoDatabase
  readonly lease: MongoLease
  readonly files: readonly MongoMigration[]
  readonly options: MigrateMongoOptions
}

const records = 'polystore_migrations'
/** A data migration may work long on one statement. Milliseconds. */
const statementTimeoutMs = 600_000

/**
 * `up` runs data migrations that are pending, then reconciles validators and indexes; `down` undoes data migrations;
 * `status` changes nothing. Many may start at once: one works, the others wait for its lease. @throws MigrationError, RepositoryError
 */
export async function migrateMongo(options: MigrateMongoOptions): Promise<MongoMigrationReport> {
  const { url, folder, command, collections, waitMs = 60_000 } = options
  const files = await readMongoMigrations(folder)
  const database = connectMongo(url, { applicationName: 'polystore-migrations', poolSize: 4, statementTimeoutMs })
  try {
    await database.waitUntilReady({ timeoutMs: waitMs })
    const changed = command === 'status' ? [] : await changeUnderLease({ database, files, options }, waitMs)
    const migrations = compareMigrations(files, await readRecords(database))
    const plan = (await database.run(() => planCollections(database, collections))).filter((step) => step.kind !== 'foreign-index')
    return { changed, migrations, plan, exitCode: exitCodeOf(migrations) || (plan.length > 0 ? 2 : 0) }
  } finally {
    await database.close()
  }
}

async function changeUnderLease(run: Omit<Run, 'lease'>, waitMs: number): Promise<string[]> {
  const lease = await acquireLease(run.database, { name: 'migrations', waitMs })
  try {
    return run.options.command === 'up' ? await goUp({ ...run, lease }) : await goDown({ ...run, lease })
  } finally {
    await lease.release()
  }
}

async function goUp(run: Run): Promise<string[]> {
  const { database, files, options } = run
  const statuses = await readStatuses(run)
  const open = new Set(statuses.filter(({ state }) => state === 'pending').map(({ name }) => name))
  const chosen = chooseUp(
    files,
    files.filter(({ name }) => open.has(name)),
    options.target,
  )
  // Rows on their way to a new shape fit neither the old validator nor, yet, the new one.
  if (chosen.length > 0) await database.run(() => relaxValidators(database, options.collections))
  for (const file of chosen) await applyOne(run, file, 'up')
  const { applied } = await database.prepare(options.collections, { dropHidden: true })
  for (const step of applied) options.log?.(describeStep(step))
  return chosen.map(({ name }) => name)
}

async function goDown(run: Run): Promise<string[]> {
  const statuses = await readStatuses(run)
  const applied = statuses.filter(({ state }) => state !== 'pending')
  const chosen = chooseDown(run.files, applied, run.options.target)
  if (chosen.length > 0) await run.database.run(() => relaxValidators(run.database, run.options.collections))
  for (const { name } of chosen) {
    const file = run.files.find((candidate) => candidate.name === name)
    if (file?.down === undefined) throw new MigrationError(`${name} has no down.ts.`)
    await applyOne(run, file, 'down')
  }
  return chosen.map(({ name }) => name)
}

async function readStatuses({ database, files }: Run) {
  const statuses = compareMigrations(files, await readRecords(database))
  const edited = statuses.find(({ state }) => state === 'changed')
  if (edited) throw new MigrationError(`${edited.name} was changed after it had been applied.`, { exitCode: exitCodeOf(statuses) })
  return statuses
}

async function applyOne({ database, lease, options }: Run, file: MongoMigration, direction: 'up' | 'down'): Promise<void> {
  const startedAt = performance.now()
  await lease.requireHeld()
  try {
    await runScript(file, direction, database)
  } catch (error) {
    throw error instanceof MigrationError ? error : new MigrationError(`${file.name} failed${reasonOf(error)}.`, { cause: error })
  }
  await lease.requireHeld()
  await (direction === 'up' ? writeRecord(database, file) : eraseRecord(database, file.name))
  options.log?.(`${direction === 'up' ? 'applied' : 'undone'} ${file.name} (${Math.round(performance.now() - startedAt)} ms)`)
}

/** Only words that are known to hold no value are repeated. */
function reasonOf(error: unknown): string {
  return error instanceof RepositoryError ? ` (${error.code})` : ''
}

async function readRecords(database: MongoDatabase): Promise<AppliedMigration[]> {
  const found = await database.run((call) =>
    database.driver
      .collection<MigrationRecord>(records)
      .find({}, { ...call, sort: { _id: 1 } })
      .toArray(),
  )
  return found.map(({ _id, checksum, appliedAt }) => ({ name: _id, checksum, appliedAt }))
}

async function writeRecord(database: MongoDatabase, { name, checksum }: MongoMigration): Promise<void> {
  const record = { _id: name, checksum, appliedAt: new Date() }
  await database.run((call) => database.driver.collection<MigrationRecord>(records).insertOne(record, call))
}

async function eraseRecord(database: MongoDatabase, name: string): Promise<void> {
  await database.run((call) => database.driver.collection<MigrationRecord>(records).deleteOne({ _id: name }, call))
}

function describeStep(step: ReconcileStep): string {
  return 'index' in step ? `${step.kind} ${step.collection}.${step.index}` : `${step.kind} ${step.collection}`
}

async function relaxValidators(database: MongoDatabase, definitions: readonly CollectionDefinition[]): Promise<void> {
  for (const { name } of definitions) {
    const exists = await database.driver.listCollections({ name }).hasNext()
    if (exists) await structureCommand(database, { collMod: name, validationAction: 'warn' })
  }
}
