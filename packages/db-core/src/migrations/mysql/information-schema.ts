import type { MigrationSession } from '../sql/migration-session.ts'

/** One row of a table of `information_schema`, whose columns differ between MariaDB and MySQL. */
export type SchemaRow = Readonly<Record<string, unknown>>

/** Reads the part of `information_schema` that speaks of the session's own database. */
export type ReadSchema = (table: string, schemaColumn?: string) => Promise<SchemaRow[]>

export function schemaReader(session: Pick<MigrationSession, 'rows'>): ReadSchema {
  return async (table, schemaColumn = 'table_schema') => {
    const rows = await session.rows(`select * from information_schema.${table} where ${schemaColumn} = database()`)
    return rows.filter((row) => !ownTables.has(cell(row, 'TABLE_NAME')))
  }
}

const ownTables: ReadonlySet<string> = new Set(['polystore_migrations', 'polystore_migration_history', 'polystore_catalog'])

/** A value as text; empty where there is none, or no such column on this server. */
export function cell(row: SchemaRow, column: string): string {
  const value = row[column]
  return typeof value === 'string' ? value : value === null || value === undefined ? '' : JSON.stringify(value)
}

/** `words` with the value between them, or nothing where there is no value. */
export function said(row: SchemaRow, column: string, words: string): string {
  const value = cell(row, column)
  return value === '' ? '' : `${words} ${value}`
}
