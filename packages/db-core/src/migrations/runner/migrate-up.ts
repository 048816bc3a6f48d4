import type { Migration } from '../store/migration.ts'
import { MigrationError } from '../store/migration-error.ts'
import { describeDrift, finishUnfinished, readUnedited, rehearseChosen, runOne, stillToRun } from './change-migrations.ts'
import { chooseUp } from './choose-migrations.ts'
import type { ChangeReport, MigrationStatus } from './migration-report.ts'
import { withLockedStore, type MigrationRun, type MigrationsOptions } from './migration-run.ts'
import { readDrift, readStatus } from './migration-status.ts'

export interface MigrateUpOptions extends MigrationsOptions {
  /** How many, or the number or name of the last one that shall be applied; all unless said otherwise. */
  readonly target?: string
  /** Runs everything where it can be taken back, and takes it back. */
  readonly dryRun?: boolean
  /** Refuses instead of applying one that was merged late. */
  readonly inOrder?: boolean
}

/** Applies what is pending, by name and in order; many may start at once, and one works. @throws MigrationError, RepositoryError */
export function migrateUp(options: MigrateUpOptions): Promise<ChangeReport> {
  return withLockedStore(options, async (run) => {
    const changed = options.dryRun ? await rehearseChosen(run, await choose(run, options), 'up') : await goUp(run, options)
    return { changed, ...(await readStatus(run)) }
  })
}

async function goUp(run: MigrationRun, options: MigrateUpOptions): Promise<string[]> {
  await run.store.prepare()
  const chosen = await choose(run, options)
  const finished = await finishUnfinished(run)
  await warnOfDrift(run)
  const rest = await stillToRun(run, chosen, 'up')
  for (const migration of rest) await runOne(run, migration, 'up')
  await run.store.afterwards?.run({ log: run.log })
  return [...new Set([...finished, ...rest.map(({ name }) => name)])]
}

async function choose(run: MigrationRun, { target, inOrder }: MigrateUpOptions): Promise<Migration[]> {
  const statuses = await readUnedited(run)
  const open = new Set(
    statuses.filter(({ state }) => state === 'pending' || state === 'late' || state === 'unfinished').map(({ name }) => name),
  )
  const pending = run.files.filter(({ name }) => open.has(name))
  const chosen = chooseUp(run.files, pending, target)
  const names = new Set(chosen.map(({ name }) => name))
  const late = statuses.filter(({ name, state }) => state === 'late' && names.has(name))
  if (inOrder) refuseLate(late)
  for (const { name, advice } of late) run.log(`warning: ${name} comes late. ${advice}`)
  return chosen
}

function refuseLate([first]: readonly MigrationStatus[]): void {
  if (first === undefined) return
  throw new MigrationError(
    `${first.name} comes late: a later one is applied. Give it a number after the last one, or run without --in-order.`,
  )
}

async function warnOfDrift({ store, log }: MigrationRun): Promise<void> {
  const drift = await readDrift(store, await store.readRecords())
  if (drift.length === 0) return
  log(`warning: the database is not what its migrations have made; somebody changed it by hand. Undo that, or accept it by "repair".`)
  for (const line of describeDrift(drift).split('\n')) log(line)
}
