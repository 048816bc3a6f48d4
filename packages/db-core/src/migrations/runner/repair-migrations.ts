import { compareMigrations } from './compare-migrations.ts'
import { MigrationError } from '../store/migration-error.ts'
import type { RecordChanges } from '../store/migration-store.ts'
import { requireFile } from './change-migrations.ts'
import type { ChangeReport, MigrationStatus } from './migration-report.ts'
import { withLockedStore, type MigrationRun, type MigrationsOptions } from './migration-run.ts'
import { readDrift, readStatus } from './migration-status.ts'

export interface RepairOptions extends MigrationsOptions {
  /** Names of applied migrations whose files are gone for good, or of unfinished ones that were cleaned up by hand. */
  readonly forget?: readonly string[]
  /** Tells what would be accepted. */
  readonly dryRun?: boolean
}

/** Accepts the database and the changed files as they are; runs nothing, and keeps in the history what was accepted. @throws MigrationError, RepositoryError */
export function repairMigrations(options: RepairOptions): Promise<ChangeReport> {
  return withLockedStore(options, async (run) => {
    const changes = await findRepairs(run, options.forget ?? [])
    for (const { event, name, detail } of changes.history) run.log(`${options.dryRun ? 'would be ' : ''}${event} ${name}: ${detail}`)
    if (!options.dryRun && changes.history.length > 0) {
      await run.store.prepare()
      await run.store.record(changes)
    }
    return { changed: changes.history.map(({ name }) => name), ...(await readStatus(run)) }
  })
}

async function findRepairs(run: MigrationRun, forget: readonly string[]): Promise<RecordChanges> {
  const records = await run.store.readRecords()
  const statuses = compareMigrations(run.files, records.records)
  for (const name of forget) requireForgettable(statuses, name)
  const accept = statuses.filter(({ state }) => state === 'changed').map(({ name }) => requireFile(run, name))
  const drift = await readDrift(run.store, records)
  const history: RecordChanges['history'] = [
    ...forget.map((name) => ({ event: 'forgotten' as const, name, detail: 'its record was dropped' })),
    ...accept.map(({ name }) => ({ event: 'repaired' as const, name, detail: 'its file is accepted as it is now' })),
    ...drift.map(({ object, found }) => ({
      event: 'repaired' as const,
      name: object,
      detail: found === undefined ? 'accepted as gone' : `accepted as ${found}`,
    })),
  ]
  return { accept, forget, history, ...(drift.length > 0 && { catalog: await run.store.readCatalog() }) }
}

function requireForgettable(statuses: readonly MigrationStatus[], name: string): void {
  const state = statuses.find((status) => status.name === name)?.state
  if (state === 'missing' || state === 'unfinished') return
  if (state === undefined) throw new MigrationError(`There is no migration ${name}.`)
  throw new MigrationError(
    `${name} is ${state}. Only one whose folder is gone, or that is unfinished, can be forgotten; undo it by "down".`,
  )
}
