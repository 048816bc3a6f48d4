import type { Direction, Migration } from '../files/migration.ts'
import { chooseDown, chooseUp } from './choose-migrations.ts'
import { readUnedited, requireFile } from './change-migrations.ts'
import type { PlannedMigration, PlanReport } from './migration-report.ts'
import { withStore, type MigrationRun, type MigrationsOptions } from './migration-run.ts'

export interface PlanOptions extends MigrationsOptions {
  /** `up` unless said otherwise. */
  readonly direction?: Direction
  /** As of `migrateUp` and `migrateDown`. */
  readonly target?: string
}

/** What `up` or `down` would run, with what each statement locks and how many rows it meets; changes nothing. @throws MigrationError, RepositoryError */
export function planMigrations({ direction = 'up', ...options }: PlanOptions): Promise<PlanReport> {
  return withStore(options, async (run) => {
    const chosen = await choose(run, direction, options.target)
    const migrations: PlannedMigration[] = []
    for (const migration of chosen) migrations.push(await planOne(run, migration, direction))
    const afterwards = direction === 'up' ? await run.store.afterwards?.plan() : undefined
    return { migrations, afterwards: afterwards ?? [] }
  })
}

async function choose(run: MigrationRun, direction: Direction, target: string | undefined): Promise<Migration[]> {
  const statuses = await readUnedited(run)
  const open = statuses.filter(({ state }) => state === 'pending' || state === 'late' || state === 'unfinished')
  if (direction === 'up') return chooseUp(run.files, open, target).map(({ name }) => requireFile(run, name))
  const applied = statuses.filter(({ state }) => state !== 'pending' && state !== 'late')
  return chooseDown(run.files, applied, target).map(({ name }) => requireFile(run, name))
}

async function planOne({ store }: MigrationRun, migration: Migration, direction: Direction): Promise<PlannedMigration> {
  const statements = await store.plan(migration, direction)
  return {
    name: migration.name,
    transaction: store.rehearse !== undefined && migration[direction]?.transaction === true,
    statements,
    findings: [],
  }
}
