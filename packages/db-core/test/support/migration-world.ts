import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import type { Catalog } from '../../src/migrations/catalog/catalog.ts'
import { baselineMigrations } from '../../src/migrations/runner/baseline-migrations.ts'
import { migrateDown, type MigrateDownOptions } from '../../src/migrations/runner/migrate-down.ts'
import { migrateUp, type MigrateUpOptions } from '../../src/migrations/runner/migrate-up.ts'
import { migrationHistory } from '../../src/migrations/runner/migration-history.ts'
import type { ChangeReport, StatusReport } from '../../src/migrations/runner/migration-report.ts'
import { migrationStatus } from '../../src/migrations/runner/migration-status.ts'
import { repairMigrations, type RepairOptions } from '../../src/migrations/runner/repair-migrations.ts'
import type { MigrationSession } from '../../src/migrations/sql/migration-session.ts'
import type { SqlMigrationDialect } from '../../src/migrations/sql/sql-migration-dialect.ts'
import type { HistoryEntry } from '../../src/migrations/store/migration-store.ts'

export interface MigrationHarness {
  readonly dialect: SqlMigrationDialect
  /** A fresh, empty database. */
  createDatabase(): Promise<{ readonly url: string; drop(): Promise<void> }>
}

export interface MigrationFiles {
  readonly [name: string]: { readonly up: string; readonly down?: string }
}

type Without<Options> = Omit<Options, 'url' | 'sources' | 'log' | 'waitMs'>

/** A database and a folder of migrations; both are gone after the test. */
export interface MigrationWorld {
  readonly url: string
  readonly folder: string
  /** What the runs of this world have logged. */
  readonly lines: readonly string[]
  write(files: MigrationFiles): Promise<void>
  remove(name: string): Promise<void>
  up(options?: Without<MigrateUpOptions>): Promise<ChangeReport>
  down(options?: Without<MigrateDownOptions>): Promise<ChangeReport>
  status(): Promise<StatusReport>
  baseline(target?: string): Promise<ChangeReport>
  repair(options?: Without<RepairOptions>): Promise<ChangeReport>
  /** Newest first. */
  history(): Promise<HistoryEntry[]>
  catalog(): Promise<Catalog>
  /** One statement on a connection of its own. */
  sql(text: string): Promise<Record<string, unknown>[]>
  /** A connection of its own, closed with the test. */
  connect(): Promise<MigrationSession>
}

export async function createMigrationWorld({ dialect, createDatabase }: MigrationHarness, files: MigrationFiles): Promise<MigrationWorld> {
  const { url, drop } = await createDatabase()
  const folder = await mkdtemp(path.join(tmpdir(), 'migrations-'))
  onTestFinished(async () => {
    await drop()
    await rm(folder, { recursive: true })
  })
  const lines: string[] = []
  const options = { url, sources: { [dialect.kind]: { folder } }, log: (line: string) => void lines.push(line), waitMs: 20_000 }
  const using = async <Result>(work: (session: MigrationSession) => Promise<Result>): Promise<Result> => {
    const session = await dialect.open(url, 5000)
    return work(session).finally(() => session.close())
  }
  await writeMigrations(folder, files)
  return {
    url,
    folder,
    lines,
    write: (more) => writeMigrations(folder, more),
    remove: (name) => rm(path.join(folder, name), { recursive: true }),
    up: (more) => migrateUp({ ...options, ...more }),
    down: (more) => migrateDown({ ...options, ...more }),
    status: () => migrationStatus(options),
    baseline: (target) => baselineMigrations({ ...options, ...(target !== undefined && { target }) }),
    repair: (more) => repairMigrations({ ...options, ...more }),
    history: () => migrationHistory(options),
    catalog: () => using((session) => dialect.readCatalog(session)),
    sql: (text) => using((session) => session.rows(text)),
    async connect() {
      const session = await dialect.open(url, 5000)
      onTestFinished(() => session.close())
      return session
    },
  }
}

export async function writeMigrations(folder: string, files: MigrationFiles): Promise<void> {
  for (const [name, { up, down }] of Object.entries(files)) {
    await mkdir(path.join(folder, name), { recursive: true })
    await writeFile(path.join(folder, name, 'up.sql'), up)
    if (down !== undefined) await writeFile(path.join(folder, name, 'down.sql'), down)
  }
}
