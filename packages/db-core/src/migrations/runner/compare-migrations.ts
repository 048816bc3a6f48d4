import type { Migration } from '../store/migration.ts'
import type { MigrationRecord } from '../store/migration-store.ts'
import type { MigrationState, MigrationStatus } from './migration-report.ts'

/** Compares the folder with what the database records, in the order of names. */
export function compareMigrations(files: readonly Migration[], records: readonly MigrationRecord[]): MigrationStatus[] {
  const recorded = new Map(records.map((record) => [record.name, record]))
  const known = new Set(files.map(({ name }) => name))
  const last = records.at(-1)?.name ?? ''
  const fromFiles = files.map((file) =>
    statusOf(stateOf(file, recorded.get(file.name), last), { name: file.name, record: recorded.get(file.name), last }),
  )
  const missing = records.filter(({ name }) => !known.has(name)).map((record) => statusOf('missing', { name: record.name, record, last }))
  return [...fromFiles, ...missing].toSorted((one, other) => (one.name < other.name ? -1 : 1))
}

function stateOf(file: Migration, record: MigrationRecord | undefined, last: string): MigrationState {
  if (record === undefined) return file.name < last ? 'late' : 'pending'
  if (record.state !== 'applied') return 'unfinished'
  return record.checksum === file.checksum ? 'applied' : 'changed'
}

interface Subject {
  readonly name: string
  readonly record: MigrationRecord | undefined
  /** The name of the last one that is applied. */
  readonly last: string
}

function statusOf(state: MigrationState, { name, record, last }: Subject): MigrationStatus {
  const advice = adviceOn(state, { record, last })
  const applied = record && { appliedAt: record.appliedAt.toISOString(), appliedBy: record.appliedBy }
  return { name, state, ...applied, ...(advice !== undefined && { advice }) }
}

function adviceOn(state: MigrationState, { record, last }: Omit<Subject, 'name'>): string | undefined {
  switch (state) {
    case 'applied':
    case 'pending':
      return undefined
    case 'late':
      return `It was merged after ${last} had been applied. "up" applies it by its name; make sure that neither needs the other to come first.`
    case 'changed':
      return 'Its file is not what was applied. Bring the file back as it was and write the change as a new migration, or accept it by "repair".'
    case 'missing':
      return 'It is applied, and not in this folder: a newer release has it. If it is gone for good, "repair --forget" it.'
    case 'unfinished':
      return `A run ended after ${record?.done ?? 0} of its statements. The next "up" or "down" finishes it first; what is left of its file may be mended.`
  }
}
