import type { Direction, Migration } from '../store/migration.ts'
import type { LintFinding } from '../lint/lint-finding.ts'
import { readUnedited, requireFile } from './change-migrations.ts'
import { chooseDown, chooseUp } from './choose-migrations.ts'
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
    const findings = await lint(run)
    const migrations: PlannedMigration[] = []
    for (const migration of chosen) migrations.push(await planOne(run, { migration, direction, findings }))
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

/** Of all files, for later ones are judged by what earlier ones have made. Who only migrates does not load it. */
async function lint({ store, files }: MigrationRun): Promise<LintFinding[]> {
  if (store.kind === 'mongo') return []
  const { lintMigrations } = await import('../lint/lint-migrations.ts')
  return lintMigrations(files, store.kind)
}

interface Subject {
  readonly migration: Migration
  readonly direction: Direction
  readonly findings: readonly LintFinding[]
}

async function planOne({ store }: MigrationRun, { migration, direction, findings }: Subject): Promise<PlannedMigration> {
  const { name } = migration
  return {
    name,
    transaction: store.rehearse !== undefined && migration[direction]?.transaction === true,
    statements: await store.plan(migration, direction),
    findings: findings.filter(({ file }) => file === `${name}/${direction}.sql`),
  }
}
