import type { Direction, Migration } from '../store/migration.ts'
import type { MigrationRun } from './migration-run.ts'

/** Runs migrations and takes them back, or, where the store cannot, tells what would run. */
export async function rehearseMigrations(
  { store, log }: MigrationRun,
  migrations: readonly Migration[],
  direction: Direction,
): Promise<void> {
  if (migrations.length === 0) return
  if (store.rehearse !== undefined) return store.rehearse(migrations, direction, { log })
  log('this database cannot take back changes of structure, so nothing is tried; this would run:')
  for (const migration of migrations) {
    log(migration.name)
    for (const { text } of await store.plan(migration, direction)) log(`  ${text.replaceAll('\n', '\n  ')}`)
  }
}
