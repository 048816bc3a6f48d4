import { MigrationError } from './migration-error.ts'
import type { MigrationSession } from './migration-session.ts'

const pattern = /create\s+(?:unique\s+)?index\s+concurrently\s+(?:if\s+not\s+exists\s+)?"?(\w+)"?/gi

/** Removes what a failed CREATE INDEX CONCURRENTLY left behind, then the file may try again. */
export async function dropInvalidIndexes(session: MigrationSession, sql: string): Promise<void> {
  for (const name of await invalidIndexes(session, sql)) await session.script(`drop index concurrently if exists "${name}"`)
}

/** @throws MigrationError when an index was built but cannot be used */
export async function requireValidIndexes(session: MigrationSession, sql: string): Promise<void> {
  const [name] = await invalidIndexes(session, sql)
  if (name !== undefined) throw new MigrationError(`The index ${name} is not valid; run the migration again.`)
}

async function invalidIndexes(session: MigrationSession, sql: string): Promise<string[]> {
  const names = [...sql.matchAll(pattern)].flatMap((match) => match[1] ?? [])
  if (names.length === 0) return []
  const rows = await session.rows(
    'select c.relname::text as name from pg_index i join pg_class c on c.oid = i.indexrelid where not i.indisvalid and c.relname = any($1)',
    [names],
  )
  return rows.flatMap((row) => (typeof row['name'] === 'string' ? [row['name']] : []))
}
