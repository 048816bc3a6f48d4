import { createHash } from 'node:crypto'
import type * as DrizzleKit from 'drizzle-kit/api'
import type { SqlDialect } from '../files/sql-tokens.ts'
import { MigrationError } from '../store/migration-error.ts'
import { type Snapshot, snapshotSchema } from './snapshot.ts'

/** The id that the first snapshot names as the one before it. */
export const originId = '00000000-0000-0000-0000-000000000000'

/** drizzle-kit's snapshot of the tables of a module. Its id is made of its content, so that the same tables after the same snapshot give the same bytes. */
export async function snapshotOf(dialect: SqlDialect, tables: Readonly<Record<string, unknown>>, previousId = originId): Promise<Snapshot> {
  const kit = await loadKit()
  const made = await readTables(kit, { dialect, tables: { ...tables } })
  const snapshot = snapshotSchema.parse(JSON.parse(JSON.stringify({ ...made, id: '', prevId: previousId })))
  return { ...snapshot, id: idOf(JSON.stringify(snapshot)) }
}

/** Without tables, what every folder begins with. */
export async function emptySnapshot(dialect: SqlDialect): Promise<Snapshot> {
  return { ...(await snapshotOf(dialect, {})), id: originId }
}

type Kit = typeof DrizzleKit

async function loadKit(): Promise<Kit> {
  try {
    return await import('drizzle-kit/api')
  } catch (error) {
    throw new MigrationError('Comparing tables with snapshots takes the package drizzle-kit 0.31.11: add it to the devDependencies.', {
      cause: error,
    })
  }
}

function readTables(kit: Kit, { dialect, tables }: { dialect: SqlDialect; tables: Record<string, unknown> }): object | Promise<object> {
  switch (dialect) {
    case 'postgres':
      return kit.generateDrizzleJson(tables)
    case 'mysql':
      return kit.generateMySQLDrizzleJson(tables)
    case 'sqlite':
      return kit.generateSQLiteDrizzleJson(tables)
  }
}

/** A UUID of version 8: made of a hash. */
function idOf(content: string): string {
  const hash = createHash('sha256').update(content).digest('hex')
  return `${hash.slice(0, 8)}-${hash.slice(8, 12)}-8${hash.slice(13, 16)}-a${hash.slice(17, 20)}-${hash.slice(20, 32)}`
}

/** drizzle-kit's own SQL from one snapshot to another, of which one only has more than the other: so it never asks. */
export async function kitStatements(dialect: SqlDialect, before: Snapshot, after: Snapshot): Promise<string[]> {
  if (JSON.stringify(before) === JSON.stringify(after)) return []
  const kit = await loadKit()
  const statements = await migrate(kit, { dialect, before, after })
  return statements.map((statement) =>
    statement
      .trim()
      .replace(/;$/, '')
      .replace(/ CASCADE$/, ''),
  )
}

function migrate(kit: Kit, { dialect, before, after }: { dialect: SqlDialect; before: unknown; after: unknown }): Promise<string[]> {
  /* oxlint-disable typescript/consistent-type-assertions -- drizzle-kit parses what it is given; its types are too deep to say here */
  switch (dialect) {
    case 'postgres':
      return kit.generateMigration(before as Parameters<Kit['generateMigration']>[0], after as Parameters<Kit['generateMigration']>[0])
    case 'mysql':
      return kit.generateMySQLMigration(
        before as Parameters<Kit['generateMySQLMigration']>[0],
        after as Parameters<Kit['generateMySQLMigration']>[0],
      )
    case 'sqlite':
      return kit.generateSQLiteMigration(
        before as Parameters<Kit['generateSQLiteMigration']>[0],
        after as Parameters<Kit['generateSQLiteMigration']>[0],
      )
  }
  /* oxlint-enable typescript/consistent-type-assertions */
}
