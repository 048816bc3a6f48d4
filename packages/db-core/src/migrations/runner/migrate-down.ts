import type { Migration } from '../store/migration.ts'
import { MigrationError } from '../store/migration-error.ts'
import { describeDrift, finishUnfinished, readUnedited, rehearseChosen, requireFile, runOne, stillToRun } from './change-migrations.ts'
import { chooseDown } from './choose-migrations.ts'
import type { ChangeReport } from './migration-report.ts'
import { withLockedStore, type MigrationRun, type MigrationsOptions } from './migration-run.ts'
import { readDrift, readStatus } from './migration-status.ts'

export interface MigrateDownOptions extends MigrationsOptions {
  /** How many, `0` for all, or the number or name of the last one that stays; one unless said otherwise. */
  readonly target?: string
  /** Runs everything where it can be taken back, and takes it back. */
  readonly dryRun?: boolean
  /** Goes on although the database was changed by hand. */
  readonly despiteDrift?: boolean
}

/** Undoes the newest migrations. Nothing is undone unless all that is asked for can be. @throws MigrationError, RepositoryError */
export function migrateDown(options: MigrateDownOptions): Promise<ChangeReport> {
  return withLockedStore(options, async (run) => {
    const changed = options.dryRun ? await rehearseChosen(run, await choose(run, options), 'down') : await goDown(run, options)
    return { changed, ...(await readStatus(run)) }
  })
}

async function goDown(run: MigrationRun, options: MigrateDownOptions): Promise<string[]> {
  await run.store.prepare()
  const chosen = await choose(run, options)
  const finished = await finishUnfinished(run)
  const rest = await stillToRun(run, chosen, 'down')
  if (rest.length > 0 && !options.despiteDrift) await refuseDrift(run)
  for (const migration of rest) await runOne(run, migration, 'down')
  return [...new Set([...finished, ...rest.map(({ name }) => name)])]
}

async function choose(run: MigrationRun, { target }: MigrateDownOptions): Promise<Migration[]> {
  const statuses = await readUnedited(run)
  const applied = statuses.filter(({ state }) => state !== 'pending' && state !== 'late')
  const chosen = chooseDown(run.files, applied, target).map(({ name }) => requireFile(run, name))
  for (const migration of chosen) requireWayBack(migration)
  return chosen
}

function requireWayBack({ name, down, irreversible }: Migration): void {
  if (down !== undefined) return
  const why = irreversible === undefined ? 'it has no down file' : irreversible
  throw new MigrationError(`${name} cannot be undone: ${why}. Nothing was undone; go forward with a new migration instead.`)
}

async function refuseDrift({ store }: MigrationRun): Promise<void> {
  const drift = await readDrift(store, await store.readRecords())
  if (drift.length === 0) return
  throw new MigrationError(
    `The database is not what its migrations have made, so undoing them may fail or lose more than it should:\n${describeDrift(drift)}\n` +
      'Undo the change that was made by hand, accept it by "repair", or give --despite-drift.',
    { exitCode: 3 },
  )
}
