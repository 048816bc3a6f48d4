import { Column, is, SQL } from 'drizzle-orm'
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { UnsupportedError } from '../../errors/repository-error.ts'
import type { TableFacts } from '../sql-dialect.ts'

type Config = ReturnType<typeof getTableConfig>
type UniqueKey = TableFacts['uniqueKeys'][number]

/** What a SQLite table declares. @throws UnsupportedError for a table of another database */
export function describeSqliteTable(table: unknown): TableFacts {
  if (!is(table, SQLiteTable)) throw new UnsupportedError('This is no table of SQLite.')
  const config = getTableConfig(table)
  return { name: config.name, primaryKey: primaryKey(config), constraints: constraintsOf(config), uniqueKeys: uniqueKeysOf(config) }
}

function primaryKey(config: Config): string[] {
  return columnNames(config.primaryKeys[0]?.columns ?? config.columns.filter((column) => column.primary))
}

/** Under this name stand the columns of a table's reference, if it has only one: SQLite does not tell which of several is broken. */
export const onlyReference = 'the only reference'

function constraintsOf(config: Config): Map<string, readonly string[]> {
  const [reference, ...others] = config.foreignKeys
  return new Map([
    ...(reference && others.length === 0 ? [[onlyReference, columnNames(reference.reference().columns)] as const] : []),
    ...config.checks.map((rule) => [rule.name, columnNames(rule.value.queryChunks.filter((chunk) => is(chunk, Column)))] as const),
    ...config.indexes.map(({ config: { name, columns } }) => [name, columns.flatMap(columnsIn)] as const),
    ...uniqueKeysOf(config).map(({ name, columns }) => [name, columns] as const),
  ])
}

function uniqueKeysOf(config: Config): UniqueKey[] {
  const singles = config.columns.filter((column) => column.isUnique)
  return [
    ...config.uniqueConstraints.map((unique) => uniqueKey(unique.getName(), columnNames(unique.columns), false)),
    ...singles.map((column) => uniqueKey(column.uniqueName, [column.name], false)),
    ...config.indexes.flatMap(({ config: { name, unique, columns, where } }) =>
      unique ? [uniqueKey(name, columns.flatMap(columnsIn), leavesDeletedOut(where))] : [],
    ),
  ]
}

function uniqueKey(name: string | undefined, columns: readonly string[], liveOnly: boolean): UniqueKey {
  return { name: name ?? columns.join('_'), columns, liveOnly }
}

/** The columns of an index, those inside expressions such as `lower(email)` included. */
function columnsIn(column: Column | SQL): string[] {
  return is(column, SQL) ? columnNames(column.queryChunks.filter((chunk) => is(chunk, Column))) : [column.name]
}

function columnNames(columns: readonly { readonly name: string }[]): string[] {
  return columns.map(({ name }) => name)
}

/** True for a condition that names the column deleted_at, whether as a column or as text. */
function leavesDeletedOut(where: SQL | undefined): boolean {
  return where?.queryChunks.some((chunk) => mentionsDeletion(chunk)) ?? false
}

function mentionsDeletion(chunk: unknown): boolean {
  if (is(chunk, SQL)) return leavesDeletedOut(chunk)
  if (is(chunk, Column)) return chunk.name === 'deleted_at'
  const text: unknown = typeof chunk === 'object' && chunk !== null && 'value' in chunk ? chunk.value : chunk
  return /\bdeleted_at\b/.test(String(text))
}
