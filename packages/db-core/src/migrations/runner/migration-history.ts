import type { HistoryEntry } from '../store/migration-store.ts'
import { withStore, type MigrationsOptions } from './migration-run.ts'

export interface HistoryOptions extends MigrationsOptions {
  /** 100 unless said otherwise. */
  readonly limit?: number
}

/** Everything that was done or failed, newest first. @throws RepositoryError */
export function migrationHistory({ limit = 100, ...options }: HistoryOptions): Promise<HistoryEntry[]> {
  return withStore(options, ({ store }) => store.readHistory(limit))
}
