import { Column, getTableColumns, is } from 'drizzle-orm'
import { getTableConfig, type PgTable } from 'drizzle-orm/pg-core'

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
  learn(table: PgTable): void {
    const { name } = getTableConfig(table)
    if (!this.#tables.has(name)) this.#tables.set(name, namesOf(table))
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

function namesOf(table: PgTable): TableNames {
  const fields = new Map(Object.entries(getTableColumns(table)).map(([field, column]) => [column.name, field]))
  return { fields, constraints: constraintsOf(table, fields) }
}

function constraintsOf(table: PgTable, fields: ReadonlyMap<string, string>): Map<string, string[]> {
  const config = getTableConfig(table)
  const fieldsOf = (columns: readonly { name: string }[]) => columns.map(({ name }) => fields.get(name) ?? toCamelCase(name))
  const indexes = config.indexes.map(({ config: { name, columns } }): NamedColumns => [name, columns.flatMap(plainColumn)])
  const singles = config.columns.filter((column) => column.isUnique).map((column): NamedColumns => [column.uniqueName, [column]])
  const named: NamedColumns[] = [
    ...config.uniqueConstraints.map((unique): NamedColumns => [unique.getName(), unique.columns]),
    ...config.foreignKeys.map((key): NamedColumns => [key.getName(), key.reference().columns]),
    ...config.primaryKeys.map((key): NamedColumns => [key.getName(), key.columns]),
    [`${config.name}_pkey`, primaryColumns(config)],
    ...config.checks.map((rule): NamedColumns => [rule.name, rule.value.queryChunks.filter((chunk) => is(chunk, Column))]),
    ...singles,
    ...indexes,
  ]
  return new Map(named.flatMap(([name, columns]) => (name === undefined ? [] : [[name, fieldsOf(columns)] as const])))
}

function plainColumn(column: object): readonly { name: string }[] {
  return 'name' in column && typeof column.name === 'string' ? [{ name: column.name }] : []
}

type NamedColumns = [name: string | undefined, columns: readonly { readonly name: string }[]]

function primaryColumns(config: ReturnType<typeof getTableConfig>): readonly { name: string }[] {
  return config.primaryKeys[0]?.columns ?? config.columns.filter((column) => column.primary)
}
