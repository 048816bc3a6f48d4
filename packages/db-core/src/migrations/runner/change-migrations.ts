import type { CatalogDifference } from '../catalog/catalog.ts'
import type { Direction, Migration } from '../store/migration.ts'
import { MigrationError } from '../store/migration-error.ts'
import { compareMigrations } from './compare-migrations.ts'
import type { MigrationStatus } from './migration-report.ts'
import type { MigrationRun } from './migration-run.ts'
import { rehearseMigrations } from './rehearse-migrations.ts'

/** What a change starts from: nothing that is applied was edited. @throws MigrationError with exit code 4 */
export async function readUnedited({ store, files }: MigrationRun): Promise<MigrationStatus[]> {
  const { records } = await store.readRecords()
  const statuses = compareMigrations(files, records)
  const edited = statuses.filter(({ state }) => state === 'changed')
  if (edited[0] === undefined) return statuses
  const names = edited.map(({ name }) => name).join(', ')
  throw new MigrationError(`Changed after being applied: ${names}. ${edited[0].advice}`, { exitCode: 4 })
}

/** Runs a migration and tells how long it took. */
export async function runOne({ store, log }: MigrationRun, migration: Migration, direction: Direction): Promise<void> {
  const startedAt = performance.now()
  await store.run(migration, direction, { log })
  log(`${direction === 'up' ? 'applied' : 'undone'} ${migration.name} (${Math.round(performance.now() - startedAt)} ms)`)
}

/** Brings what earlier runs have begun to its end, in the direction that it had; answers the names. */
export async function finishUnfinished(run: MigrationRun): Promise<string[]> {
  const { records } = await run.store.readRecords()
  const unfinished = records.filter(({ state }) => state !== 'applied')
  for (const { name, state, done } of unfinished) {
    run.log(`continuing ${name} after ${done ?? 0} of its statements`)
    await runOne(run, requireFile(run, name), state === 'applying' ? 'up' : 'down')
  }
  return unfinished.map(({ name }) => name)
}

/** Of `chosen`, those that are now not applied, to go up, or applied, to go down: what was finished first may have been one of them. */
export async function stillToRun({ store }: MigrationRun, chosen: readonly Migration[], direction: Direction): Promise<Migration[]> {
  const { records } = await store.readRecords()
  const applied = new Set(records.map(({ name }) => name))
  return chosen.filter(({ name }) => applied.has(name) === (direction === 'down'))
}

/** Runs nothing for real; what is unfinished cannot be tried, for half of it is done. */
export async function rehearseChosen(run: MigrationRun, chosen: readonly Migration[], direction: Direction): Promise<string[]> {
  const { records } = await run.store.readRecords()
  const unfinished = new Set(records.filter(({ state }) => state !== 'applied').map(({ name }) => name))
  for (const name of unfinished) run.log(`${name} is unfinished: it would be finished first, and is not tried`)
  await rehearseMigrations(
    run,
    chosen.filter(({ name }) => !unfinished.has(name)),
    direction,
  )
  return chosen.map(({ name }) => name)
}

/** @throws MigrationError for one that a newer release has */
export function requireFile({ files }: Pick<MigrationRun, 'files'>, name: string): Migration {
  const file = files.find((candidate) => candidate.name === name)
  if (file !== undefined) return file
  throw new MigrationError(`${name} is in the database and not in this folder. Run this with the release that has it.`)
}

/** Differences as lines for a person: `+` should not be there, `-` is missing, `~` is another. */
export function describeDrift(drift: readonly CatalogDifference[]): string {
  return drift.map(describeDifference).join('\n')
}

function describeDifference({ object, expected, found }: CatalogDifference): string {
  if (expected === undefined) return `  + ${object}: ${found}`
  return found === undefined ? `  - ${object}: ${expected}` : `  ~ ${object}: ${found}, expected ${expected}`
}
