import { compareCatalogs, type CatalogDifference } from '../catalog/catalog.ts'
import type { MigrationRecords, MigrationStore } from '../store/migration-store.ts'
import { compareMigrations } from './compare-migrations.ts'
import type { MigrationState, MigrationStatus, StatusExitCode, StatusReport } from './migration-report.ts'
import { withStore, type MigrationRun, type MigrationsOptions } from './migration-run.ts'

/** Tells what is applied, what is not, and what in the database differs from both; changes nothing and takes no lock. @throws MigrationError, RepositoryError */
export function migrationStatus(options: MigrationsOptions): Promise<StatusReport> {
  return withStore(options, readStatus)
}

export async function readStatus({ store, files }: Pick<MigrationRun, 'store' | 'files'>): Promise<StatusReport> {
  const { records, drift } = await readTogether(store)
  const migrations = compareMigrations(files, records.records)
  const planned = (await store.afterwards?.plan()) ?? []
  const afterwards = planned.filter(({ informative }) => informative !== true).map(({ text }) => text)
  return { exitCode: exitCodeOf({ migrations, drift, afterwards }), migrations, drift, afterwards }
}

/** Where the database is not what its migrations have made. */
export async function readDrift(store: MigrationStore, { catalog }: MigrationRecords): Promise<CatalogDifference[]> {
  return catalog === undefined ? [] : compareCatalogs(catalog, await store.readCatalog())
}

const mostReads = 5

/** Records and structure are read one after the other; a migration that ends in between must not look like drift. */
async function readTogether(store: MigrationStore): Promise<{ records: MigrationRecords; drift: CatalogDifference[] }> {
  let records = await store.readRecords()
  for (let read = 1; ; read++) {
    const drift = await readDrift(store, records)
    if (drift.length === 0 || read === mostReads) return { records, drift }
    const again = await store.readRecords()
    if (JSON.stringify(again) === JSON.stringify(records)) return { records, drift }
    records = again
  }
}

const codeOfState: Readonly<Record<MigrationState, StatusExitCode>> = {
  applied: 0,
  pending: 2,
  late: 2,
  unfinished: 2,
  missing: 3,
  changed: 4,
}

function exitCodeOf({ migrations, drift, afterwards }: Omit<StatusReport, 'exitCode'>): StatusExitCode {
  const codes = migrations.map(({ state }: MigrationStatus) => codeOfState[state])
  const found: readonly StatusExitCode[] = [...codes, drift.length > 0 ? 3 : 0, afterwards.length > 0 ? 2 : 0]
  return ([4, 3, 2] as const).find((code) => found.includes(code)) ?? 0
}
