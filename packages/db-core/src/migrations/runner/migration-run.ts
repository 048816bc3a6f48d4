import type { Migration } from '../store/migration.ts'
import { readMigrations } from '../files/read-migrations.ts'
import type { MigrationSources } from '../store/migration-source.ts'
import type { MigrationStore } from '../store/migration-store.ts'
import { languageOf, openMigrationStore, requireSource } from './open-migration-store.ts'

export interface MigrationsOptions {
  readonly url: string
  /** The URL's scheme picks one of them. */
  readonly sources: MigrationSources
  /** One plain line per event. */
  readonly log?: (line: string) => void
  /** How long to wait for the database and for another run; 60,000 unless said otherwise. */
  readonly waitMs?: number
}

/** A store, the folder's migrations, and where to tell what happens. */
export interface MigrationRun {
  readonly store: MigrationStore
  readonly files: readonly Migration[]
  readonly log: (line: string) => void
}

/** Opens the store for `work`, and closes it whatever happens. */
export async function withStore<Result>(options: MigrationsOptions, work: (run: MigrationRun) => Promise<Result>): Promise<Result> {
  const { url, sources, log = () => {}, waitMs = 60_000 } = options
  const language = languageOf(url)
  const source = requireSource(sources, language)
  const files = await readMigrations(source.folder, language)
  const store = await openMigrationStore({ url, sources, waitMs })
  try {
    return await work({ store, files, log })
  } finally {
    await store.close()
  }
}

/** As `withStore`, while no other run is at work. */
export function withLockedStore<Result>(options: MigrationsOptions, work: (run: MigrationRun) => Promise<Result>): Promise<Result> {
  return withStore(options, async (run) => {
    await run.store.lock(options.waitMs ?? 60_000, () => run.log('another run is at work; waiting for its end'))
    return work(run)
  })
}
