import type { SqlDialect } from '../../src/migrations/files/sql-tokens.ts'
import { quoteName } from '../../src/migrations/generate/schema-model.ts'
import type { MigrationSession } from '../../src/migrations/sql/migration-session.ts'
import type { ColumnSpec, SchemaSpec, TableSpec } from './random-schema.ts'

/** Three rows in each table, numbered from `first`; where a column may be empty, every other row leaves it so. */
export async function insertRows(
  session: MigrationSession,
  { dialect, spec, first }: { dialect: SqlDialect; spec: SchemaSpec; first: number },
): Promise<void> {
  const quoted = (name: string): string => quoteName(dialect, name)
  for (const table of spec.tables)
    for (let row = first; row < first + 3; row++) {
      const values = table.columns.flatMap((column) => {
        const value = valueOf(column, { dialect, spec, table, row })
        return value === undefined ? [] : [[quoted(column.name), value] as const]
      })
      const all = table.key === 'text' ? [[quoted('id'), `'k${row}'`] as const, ...values] : values
      const names = all.map(([name]) => name).join(', ')
      const texts = all.map(([, value]) => value).join(', ')
      await session.script(
        all.length === 0 ? emptyRow(dialect, quoted(table.name)) : `INSERT INTO ${quoted(table.name)} (${names}) VALUES (${texts})`,
      )
    }
}

function emptyRow(dialect: SqlDialect, table: string): string {
  return dialect === 'mysql' ? `INSERT INTO ${table} () VALUES ()` : `INSERT INTO ${table} DEFAULT VALUES`
}

interface Place {
  readonly dialect: SqlDialect
  readonly spec: SchemaSpec
  readonly table: TableSpec
  readonly row: number
}

/** Texts are numbers, so that they can become numbers. */
function valueOf(column: ColumnSpec, { dialect, spec, table, row }: Place): string | undefined {
  if (!column.required && row % 2 === 0) return undefined
  switch (column.kind) {
    case 'int':
    case 'big':
      return String(row)
    case 'text':
    case 'short':
    case 'long':
      return `'${row}'`
    case 'flag':
      return row % 2 === 0 ? 'true' : 'false'
    case 'moment':
      return "'2026-02-03 04:05:06'"
    case 'money':
      return `${row}.25`
    case 'state':
      return `'${spec.states[row % spec.states.length]}'`
    case 'ref':
      // MySQL does not read from the table that it writes to.
      return column.target === table.name ? undefined : `(SELECT min(id) FROM ${quoteName(dialect, column.target ?? '')})`
  }
}

/** The rows of the columns that a table has before and after, in the order of keys. */
export async function readKeptRows(
  session: MigrationSession,
  { dialect, table, columns }: { dialect: SqlDialect; table: string; columns: readonly string[] },
): Promise<unknown[]> {
  const names = ['id', ...columns].map((name) => quoteName(dialect, name)).join(', ')
  return session.rows(`SELECT ${names} FROM ${quoteName(dialect, table)} ORDER BY id`)
}
