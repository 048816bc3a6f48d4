import { connectMongo, type MongoDatabase } from '../../mongo/mongo-database.ts'
import { translateMongoErrors } from '../../mongo/mongo-errors.ts'
import { acquireLease, type MongoLease } from '../../mongo/mongo-lease.ts'
import { LockTimeoutError } from '../../errors/repository-error.ts'
import { applyDifferences, compareCatalogs, type Catalog } from '../catalog/catalog.ts'
import type { Direction, Migration } from '../store/migration.ts'
import { appliedBy } from '../store/applied-by.ts'
import { MigrationError } from '../store/migration-error.ts'
import type { MongoMigrations } from '../store/migration-source.ts'
import type {
  HistoryEntry,
  MigrationRecords,
  MigrationStore,
  PlannedStatement,
  RecordChanges,
  StepContext,
} from '../store/migration-store.ts'
import { planAfterwards, runAfterwards, type AfterwardsRun } from './mongo-afterwards.ts'
import { readMongoCatalog } from './mongo-catalog.ts'
import type { RecordDocument } from './mongo-record-documents.ts'
import { acceptDeclared, readDeclared } from './mongo-recorded-catalog.ts'
import { MongoRecords } from './mongo-records.ts'
import { relaxValidators, restoreValidators, strictValidators } from './mongo-relaxed-validators.ts'
import { explainScriptFailure, loadScript, runScript, scriptOf } from './mongo-script.ts'
import { ScriptSteps } from './mongo-script-steps.ts'
import { planScript } from './plan-mongo-script.ts'

/** A data migration may work long on one statement. Milliseconds. */
const statementTimeoutMs = 600_000
const defaultHiddenHours = 24

/** Connects, and waits a while for a database that is starting. @throws RepositoryError */
export async function openMongoMigrationStore(url: string, source: MongoMigrations, waitMs: number): Promise<MigrationStore> {
  const database = connectMongo(url, { applicationName: 'polystore-migrations', poolSize: 4, statementTimeoutMs })
  try {
    await database.waitUntilReady({ timeoutMs: waitMs })
    return new MongoMigrationStore(database, source, await readUser(database))
  } catch (error) {
    await database.close()
    throw error
  }
}

/** The data migrations of one MongoDB database, and the validators and indexes of its collections. */
export class MongoMigrationStore implements MigrationStore {
  readonly kind = 'mongo'
  readonly afterwards: NonNullable<MigrationStore['afterwards']>
  readonly #database: MongoDatabase
  readonly #source: MongoMigrations
  readonly #records: MongoRecords
  #lease: MongoLease | undefined

  constructor(database: MongoDatabase, source: MongoMigrations, user: string | undefined) {
    this.#database = database
    this.#source = source
    this.#records = new MongoRecords(database, appliedBy(user), () => this.#requireLease())
    const definitions = source.collections
    const hiddenIndexHours = source.hiddenIndexHours ?? defaultHiddenHours
    const run: AfterwardsRun = { database, definitions, records: this.#records, hiddenIndexHours }
    this.afterwards = {
      plan: () => planAfterwards(run),
      run: (context) => this.#explainLoss(() => runAfterwards(run, this.#requireLease(), context)),
    }
  }

  async lock(waitMs: number, onWait: () => void = () => {}): Promise<void> {
    try {
      this.#lease = await acquireLease(this.#database, { name: 'migrations', waitMs, onWait })
    } catch (error) {
      if (!(error instanceof LockTimeoutError)) throw error
      throw new MigrationError('Another run of migrations holds the lock; wait for its end, then try again.', { cause: error })
    }
  }

  /** Also restores what a run that was killed has left relaxed. */
  async prepare(): Promise<void> {
    await this.#records.create()
    for (const record of await this.#records.read()) if (record.relaxed !== undefined) await this.#restore(record._id)
  }

  async readRecords(): Promise<MigrationRecords> {
    const found = await this.#records.read()
    return { records: found.map(toRecord), catalog: await this.#readRecordedCatalog(found) }
  }

  readHistory(limit: number): Promise<HistoryEntry[]> {
    return this.#records.readHistory(limit)
  }

  readCatalog(): Promise<Catalog> {
    return readMongoCatalog(this.#database)
  }

  run(migration: Migration, direction: Direction, { log }: StepContext): Promise<void> {
    return this.#explainLoss(async () => {
      const startedAt = performance.now()
      try {
        await this.#work(migration, direction, { log, startedAt })
      } catch (error) {
        throw await this.#failed({ migration, direction, error, startedAt })
      }
    })
  }

  async record({ add = [], accept = [], forget = [], catalog, history }: RecordChanges): Promise<void> {
    const recorded = catalog && ((await this.#records.readFacts()).catalog ?? {})
    await this.#records.write(async (tx) => {
      for (const migration of add) await this.#records.writeApplied(tx, migration)
      for (const migration of accept) await this.#records.accept(tx, migration)
      for (const name of forget) await this.#records.erase(tx, name)
      if (catalog && recorded) await this.#records.changeFacts(tx, compareCatalogs(recorded, catalog))
      for (const entry of history) await this.#records.addHistory(tx, entry)
    })
  }

  async plan(migration: Migration, direction: Direction): Promise<PlannedStatement[]> {
    const script = scriptOf(migration, direction)
    return planScript(script, await this.#records.find(migration.name))
  }

  async close(): Promise<void> {
    try {
      await this.#lease?.release()
    } catch {
      // It ends by itself.
    } finally {
      await this.#database.close()
    }
  }

  async #work(migration: Migration, direction: Direction, { log, startedAt }: Working): Promise<void> {
    const { name } = migration
    const script = await loadScript(migration, direction)
    const record = await this.#begin(migration, direction)
    const steps = new ScriptSteps(this.#records, name, record?.steps ?? [])
    const { signal } = this.#requireLease()
    let isDone = false
    try {
      await this.#relax(name)
      await runScript(script, { run: { database: this.#database, log, signal }, steps })
      isDone = true
    } finally {
      // After a way back the rows are those of the release before, and so is the validator that its `up` sets.
      if (!signal.aborted && !(isDone && direction === 'down')) await this.#restore(name)
    }
    if (direction === 'down') log('validators let everything through until the next "up" sets those of its release')
    await this.#finish(migration, direction, startedAt)
  }

  /** The record of an unfinished run, or a new one. */
  async #begin(migration: Migration, direction: Direction): Promise<RecordDocument | undefined> {
    const state = direction === 'up' ? 'applying' : 'undoing'
    const record = await this.#records.find(migration.name)
    if (record?.state === state) return record
    if (record !== undefined && record.state !== 'applied') {
      throw new MigrationError(`${migration.name} is half ${record.state === 'applying' ? 'applied' : 'undone'}; finish that first.`)
    }
    await this.#records.begin(migration, { state, before: JSON.stringify(await this.readCatalog()) })
    return undefined
  }

  async #relax(name: string): Promise<void> {
    const strict = await strictValidators(this.#database, this.#source.collections)
    if (strict.length === 0) return
    await this.#records.writeRelaxed(name, strict)
    await relaxValidators(this.#database, strict)
  }

  async #restore(name: string): Promise<void> {
    const relaxed = (await this.#records.find(name))?.relaxed
    if (relaxed === undefined) return
    await restoreValidators(this.#database, relaxed)
    await this.#records.writeRelaxed(name, [])
  }

  async #finish(migration: Migration, direction: Direction, startedAt: number): Promise<void> {
    const record = await this.#records.find(migration.name)
    const before: Catalog = JSON.parse(record?.before ?? '{}')
    const { catalog: recorded } = await this.#records.readFacts()
    const made = compareCatalogs(before, await this.readCatalog())
    // What was there before the first migration of all is taken as it is.
    const changes = compareCatalogs(recorded ?? {}, applyDifferences(recorded ?? before, made))
    const event = direction === 'up' ? 'applied' : 'undone'
    await this.#records.write(async (tx) => {
      if (direction === 'up') await this.#records.writeApplied(tx, migration)
      else await this.#records.erase(tx, migration.name)
      await this.#records.changeFacts(tx, changes)
      await this.#records.addHistory(tx, { event, name: migration.name, durationMs: performance.now() - startedAt })
    })
  }

  async #failed({ migration, direction, error, startedAt }: Failure): Promise<unknown> {
    if (this.#lease?.signal.aborted === true) return error
    const detail = explainScriptFailure(error, scriptOf(migration, direction))
    const entry = { event: 'failed', name: migration.name, detail, durationMs: performance.now() - startedAt } as const
    await this.#records.write((tx) => this.#records.addHistory(tx, entry)).catch(() => {})
    return new MigrationError(`${migration.name} failed: ${detail}.`, { cause: error })
  }

  async #explainLoss(work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (this.#lease?.signal.aborted !== true) throw error
      const advice = 'Another run goes on where this one has stopped; look at "status"'
      throw new MigrationError(`The lock of migrations was lost, so this run has stopped. ${advice}.`, { cause: error })
    }
  }

  async #readRecordedCatalog(found: readonly RecordDocument[]): Promise<Catalog | undefined> {
    const { catalog } = await this.#records.readFacts()
    if (catalog === undefined) return undefined
    return await translateMongoErrors(async () => {
      const live = await this.readCatalog()
      const accepted = acceptDeclared(catalog, live, await readDeclared(this.#database, this.#source.collections))
      const unfinished = found.flatMap(({ before }): Catalog[] => (before === undefined ? [] : [JSON.parse(before)]))
      // What an unfinished migration has changed so far is no drift.
      return unfinished.reduce((all, before) => applyDifferences(all, compareCatalogs(before, live)), accepted)
    })
  }

  #requireLease(): MongoLease {
    if (this.#lease === undefined) throw new MigrationError('Nothing is changed without the lock of migrations.')
    this.#lease.signal.throwIfAborted()
    return this.#lease
  }
}

interface Working {
  readonly log: (line: string) => void
  readonly startedAt: number
}

interface Failure {
  readonly migration: Migration
  readonly direction: Direction
  readonly error: unknown
  readonly startedAt: number
}

function toRecord({ _id, checksum, state, appliedAt, appliedBy, contract, steps }: RecordDocument): MigrationRecords['records'][number] {
  const done = steps?.filter(({ finished }) => finished).length
  const unfinished = state !== 'applied' && done !== undefined && { done }
  return { name: _id, checksum, state, appliedAt, appliedBy, ...(contract !== undefined && { contract }), ...unfinished }
}

/** Undefined where the database asks for none. */
async function readUser(database: MongoDatabase): Promise<string | undefined> {
  const status = await database.run((call) => database.driver.command({ connectionStatus: 1 }, call))
  const user: unknown = status['authInfo']?.authenticatedUsers?.[0]?.user
  return typeof user === 'string' ? user : undefined
}
