import { InvalidValueError } from '../errors/repository-error.ts'
import type { Migration } from './migration-files.ts'
import type { MigrationSession } from './migration-session.ts'
import type { AppliedMigration } from './migration-status.ts'

/** Makes the table of applied migrations where it does not exist. */
export async function createRecords(session: MigrationSession): Promise<void> {
  await session.script(`
    create table if not exists polystore_migrations (
      name text primary key,
      checksum text not null,
      applied_at timestamptz not null default clock_timestamp(),
      applied_by text not null default current_user
    )`)
}

export async function readRecords(session: MigrationSession): Promise<AppliedMigration[]> {
  const [table] = await session.rows("select to_regclass('polystore_migrations') is not null as present")
  if (table?.['present'] !== true) return []
  const rows = await session.rows('select name, checksum, applied_at from polystore_migrations order by name')
  return rows.map(toApplied)
}

export async function writeRecord(session: MigrationSession, { name, checksum }: Migration): Promise<void> {
  await session.rows('insert into polystore_migrations (name, checksum) values ($1, $2)', [name, checksum])
}

export async function eraseRecord(session: MigrationSession, name: string): Promise<void> {
  await session.rows('delete from polystore_migrations where name = $1', [name])
}

function toApplied(row: Record<string, unknown>): AppliedMigration {
  const { name, checksum, applied_at: appliedAt } = row
  if (typeof name === 'string' && typeof checksum === 'string' && appliedAt instanceof Date) return { name, checksum, appliedAt }
  throw new InvalidValueError('The table polystore_migrations has another shape.')
}
