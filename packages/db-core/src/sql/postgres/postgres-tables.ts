import { Column, is, SQL } from 'drizzle-orm'
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core'
import { UnsupportedError } from '../../errors/repository-error.ts'
import type { TableFacts } from '../sql-dialect.ts'

type Config = ReturnType<typeof getTableConfig>
type UniqueKey = TableFacts['uniqueKeys'][number]

/** What a PostgreSQL table declares. @throws UnsupportedError for a table of another database */
export function describePostgresTable(table: unknown): TableFacts {
  if (!is(table, PgTable)) throw new UnsupportedError('This is no table of PostgreSQL.')
  const config = getTableConfig(table)
  return { name: config.name, primaryKey: primaryKey(config), constraints: constraintsOf(config), uniqueKeys: uniqueKeysOf(config) }
}

function primaryKey(config: Config): string[] {
  return columnNames(config.primaryKeys[0]?.columns ?? config.columns.filter((column) => column.primary))
}

function constraintsOf(config: Config): Map<string, string[]> {
  const named: (readonly [name: string | undefined, columns: readonly string[]])[] = [
    ...config.foreignKeys.map((key) => [key.getName(), columnNames(key.reference().columns)] as const),
    ...config.primaryKeys.map((key) => [key.getName(), columnNames(key.columns)] as const),
    [`${config.name}_pkey`, primaryKey(config)],
    ...config.checks.map((rule) => [rule.name, columnNames(rule.value.queryChunks.filter((chunk) => is(chunk, Column)))] as const),
    ...config.indexes.map(({ config: { name, columns } }) => [name, columns.flatMap(columnsIn)] as const),
    ...uniqueKeysOf(config).map(({ name, columns }) => [name, columns] as const),
  ]
  return new Map(named.flatMap(([name, columns]) => (name === undefined ? [] : [[name, [...columns]] as const])))
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
function columnsIn(column: object): string[] {
  if (is(column, SQL)) return columnNames(column.queryChunks.filter((chunk) => is(chunk, Column)))
  return 'name' in column && typeof column.name === 'string' ? [column.name] : []
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
