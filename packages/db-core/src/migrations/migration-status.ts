import type { Migration } from './migration-files.ts'

export type MigrationState = 'applied' | 'pending' | 'changed' | 'missing'

export interface MigrationStatus {
  readonly name: string
  /** `changed`: applied with another text; `missing`: applied, and not in the folder. */
  readonly state: MigrationState
  /** ISO 8601. */
  readonly appliedAt?: string
}

export interface AppliedMigration {
  readonly name: string
  readonly checksum: string
  readonly appliedAt: Date
}

/** Compares the folder with what the database records, in the order of names. */
export function compareMigrations(files: readonly Migration[], applied: readonly AppliedMigration[]): MigrationStatus[] {
  const records = new Map(applied.map((record) => [record.name, record]))
  const known = new Set(files.map(({ name }) => name))
  const fromFiles = files.map((file) => statusOf(file, records.get(file.name)))
  const missing = applied.filter(({ name }) => !known.has(name)).map((record) => ({ name: record.name, state: 'missing' as const, ...when(record) }))
  return [...fromFiles, ...missing].sort((one, other) => (one.name < other.name ? -1 : 1))
}

function statusOf(file: Migration, record: AppliedMigration | undefined): MigrationStatus {
  if (!record) return { name: file.name, state: 'pending' }
  return { name: file.name, state: record.checksum === file.checksum ? 'applied' : 'changed', ...when(record) }
}

function when(record: AppliedMigration): { appliedAt: string } {
  return { appliedAt: record.appliedAt.toISOString() }
}

const exitCodes: readonly [MigrationState, number][] = [
  ['changed', 4],
  ['missing', 3],
  ['pending', 2],
]

/** 0 clean, 2 pending, 3 applied but missing from the folder, 4 changed after being applied; the gravest counts. */
export function exitCodeOf(statuses: readonly MigrationStatus[]): number {
  return exitCodes.find(([state]) => statuses.some((status) => status.state === state))?.[1] ?? 0
}
