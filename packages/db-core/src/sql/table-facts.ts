import { is, SQL, type Column } from 'drizzle-orm'
import { columnsOf, sqlText } from './sql-text.ts'

/** What a table declares, read by the dialect's own `getTableConfig`. Columns are named as in the database. */
export interface TableFacts {
  readonly name: string
  /** Constraint or index name → column names; for telling which fields an error is about. */
  readonly constraints: ReadonlyMap<string, readonly string[]>
  readonly primaryKey: readonly string[]
  /** Unique keys besides the primary key, with the names of their columns, and whether deleted rows are left out of them. */
  readonly uniqueKeys: readonly UniqueKey[]
}

interface UniqueKey {
  readonly name: string
  readonly columns: readonly string[]
  readonly liveOnly: boolean
}

/** What `getTableConfig` of every dialect of Drizzle answers. */
export interface TableConfig {
  readonly name: string
  readonly columns: readonly Column[]
  readonly primaryKeys: readonly { readonly columns: readonly Column[]; getName(): string }[]
  readonly foreignKeys: readonly { getName(): string; reference(): { readonly columns: readonly Column[] } }[]
  readonly checks: readonly { readonly name: string; readonly value: SQL }[]
  readonly uniqueConstraints: readonly { readonly columns: readonly Column[]; getName(): string | undefined }[]
  readonly indexes: readonly { readonly config: IndexConfig }[]
}

export interface IndexConfig {
  readonly name?: string | undefined
  readonly unique?: boolean | undefined
  readonly columns: readonly object[]
  readonly where?: SQL | undefined
}

type NamedColumns = readonly [name: string | undefined, columns: readonly string[]]

/** Facts of which the dialect adds what only its database names: `constraints`, and when an index leaves deleted rows out. */
export function tableFacts(
  config: TableConfig,
  {
    constraints,
    leavesDeletedOut,
  }: { readonly constraints: readonly NamedColumns[]; readonly leavesDeletedOut: (index: IndexConfig) => boolean },
): TableFacts {
  const uniqueKeys = uniqueKeysOf(config, leavesDeletedOut)
  const checks = config.checks.map(({ name, value }): NamedColumns => [name, columnNames(columnsOf(value))])
  const keys = uniqueKeys.map(({ name, columns }): NamedColumns => [name, columns])
  const named = [...constraints, ...checks, ...keys].flatMap(([name, columns]) => (name === undefined ? [] : [[name, columns] as const]))
  return { name: config.name, primaryKey: primaryKey(config), constraints: new Map(named), uniqueKeys }
}

export function primaryKey({ primaryKeys, columns }: TableConfig): string[] {
  return columnNames(primaryKeys[0]?.columns ?? columns.filter((column) => column.primary))
}

/** The columns of references, by their names. */
export function namedReferences({ foreignKeys }: TableConfig): NamedColumns[] {
  return foreignKeys.map((key) => [key.getName(), columnNames(key.reference().columns)])
}

/** The columns of indexes, by their names; those inside expressions such as `lower(email)` included. */
export function namedIndexes({ indexes }: TableConfig): NamedColumns[] {
  return indexes.map(({ config: { name, columns } }) => [name, columns.flatMap(columnsIn)])
}

export function columnNames(columns: readonly { readonly name: string }[]): string[] {
  return columns.map(({ name }) => name)
}

/** True for a condition that names the column deleted_at. */
export function namesDeletion({ where }: IndexConfig): boolean {
  return where !== undefined && /\bdeleted_at\b/.test(sqlText(where))
}

function uniqueKeysOf(config: TableConfig, leavesDeletedOut: (index: IndexConfig) => boolean): UniqueKey[] {
  const indexes = config.indexes.map((index) => index.config).filter(({ unique }) => unique === true)
  return [
    ...config.uniqueConstraints.map((unique) => uniqueKey(unique.getName(), columnNames(unique.columns), false)),
    ...config.columns.filter((column) => column.isUnique).map((column) => uniqueKey(column.uniqueName, [column.name], false)),
    ...indexes.map((index) => uniqueKey(index.name, index.columns.flatMap(columnsIn), leavesDeletedOut(index))),
  ]
}

function uniqueKey(name: string | undefined, columns: readonly string[], liveOnly: boolean): UniqueKey {
  return { name: name ?? columns.join('_'), columns, liveOnly }
}

function columnsIn(part: object): string[] {
  if (is(part, SQL)) return columnNames(columnsOf(part))
  return 'name' in part && typeof part.name === 'string' ? [part.name] : []
}
