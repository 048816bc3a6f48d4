import { getTableColumns, type Table } from 'drizzle-orm'
import type { SqlDialect } from './sql-dialect.ts'

interface TableNames {
  /** Column name → field. */
  readonly fields: ReadonlyMap<string, string>
  /** Constraint or index name → fields. */
  readonly constraints: ReadonlyMap<string, readonly string[]>
}

/** Knows how the program calls the columns and constraints that a database error names. */
export class SqlNames {
  readonly #tables = new Map<string, TableNames>()

  /** Makes errors of this table name its fields as the table declares them. */
  learn(table: Table, dialect: SqlDialect): void {
    const { name, constraints } = dialect.describeTable(table)
    if (this.#tables.has(name)) return
    const fields = new Map(Object.entries(getTableColumns(table)).map(([field, column]) => [column.name, field]))
    const fieldsOf = (columns: readonly string[]) => columns.map((column) => fields.get(column) ?? toCamelCase(column))
    this.#tables.set(name, { fields, constraints: new Map([...constraints].map(([key, columns]) => [key, fieldsOf(columns)])) })
  }

  /** Falls back to the camelCase form of the column's name. */
  field(table: string | undefined, column: string): string {
    return this.#tables.get(table ?? '')?.fields.get(column) ?? toCamelCase(column)
  }

  constraintFields(table: string | undefined, constraint: string): readonly string[] | undefined {
    return this.#tables.get(table ?? '')?.constraints.get(constraint)
  }
}

function toCamelCase(column: string): string {
  return column.replaceAll(/_+([a-z0-9])/g, (_match, letter: string) => letter.toUpperCase())
}
