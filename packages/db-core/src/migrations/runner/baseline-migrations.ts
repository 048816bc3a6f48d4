import { readUnedited } from './change-migrations.ts'
import { chooseUp } from './choose-migrations.ts'
import type { ChangeReport } from './migration-report.ts'
import { withLockedStore, type MigrationsOptions } from './migration-run.ts'
import { readStatus } from './migration-status.ts'

export interface BaselineOptions extends MigrationsOptions {
  /** How many, or the number or name of the last one; all that are pending unless said otherwise. */
  readonly target?: string
  /** Tells what would be recorded. */
  readonly dryRun?: boolean
}

/** Records pending migrations as applied without running them, for a database that has their structure already. @throws MigrationError, RepositoryError */
export function baselineMigrations(options: BaselineOptions): Promise<ChangeReport> {
  return withLockedStore(options, async (run) => {
    const statuses = await readUnedited(run)
    const open = new Set(statuses.filter(({ state }) => state === 'pending' || state === 'late').map(({ name }) => name))
    const pending = run.files.filter(({ name }) => open.has(name))
    const add = chooseUp(run.files, pending, options.target)
    if (!options.dryRun && add.length > 0) {
      await run.store.prepare()
      const history = add.map(({ name }) => ({ event: 'baselined' as const, name }))
      await run.store.record({ add, catalog: await run.store.readCatalog(), history })
    }
    return { changed: add.map(({ name }) => name), ...(await readStatus(run)) }
  })
}
