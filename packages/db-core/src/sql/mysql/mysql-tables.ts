import { Column, is, SQL } from 'drizzle-orm'
import { getTableConfig, MySqlTable } from 'drizzle-orm/mysql-core'
import { UnsupportedError } from '../../errors/repository-error.ts'
import type { TableFacts } from '../sql-dialect.ts'
import { isLiveMark } from './mysql-live-mark.ts'

type Config = ReturnType<typeof getTableConfig>
type UniqueKey = TableFacts['uniqueKeys'][number]

/** What a MySQL table declares. @throws UnsupportedError for a table of another database */
export function describeMysqlTable(table: unknown): TableFacts {
  if (!is(table, MySqlTable)) throw new UnsupportedError('This is no table of MySQL.')
  const config = getTableConfig(table)
  return { name: config.name, primaryKey: primaryKey(config), constraints: constraintsOf(config), uniqueKeys: uniqueKeysOf(config) }
}

function primaryKey(config: Config): string[] {
  return columnNames(config.primaryKeys[0]?.columns ?? config.columns.filter((column) => column.primary))
}

function constraintsOf(config: Config): Map<string, string[]> {
  const named: (readonly [name: string | undefined, columns: readonly string[]])[] = [
    ['PRIMARY', primaryKey(config)],
    ...config.foreignKeys.map((key) => [key.getName(), columnNames(key.reference().columns)] as const),
    ...config.checks.map((rule) => [rule.name, columnNames(rule.value.queryChunks.filter((chunk) => is(chunk, Column)))] as const),
    ...uniqueKeysOf(config).map(({ name, columns }) => [name, columns] as const),
  ]
  return new Map(named.flatMap(([name, columns]) => (name === undefined ? [] : [[name, [...columns]] as const])))
}

function uniqueKeysOf(config: Config): UniqueKey[] {
  const singles = config.columns.filter((column) => column.isUnique)
  return [
    ...config.uniqueConstraints.map((unique) => uniqueKey(unique.getName(), columnNames(unique.columns), false)),
    ...singles.map((column) => uniqueKey(column.uniqueName, [column.name], false)),
    ...config.indexes.flatMap(({ config: { name, unique, columns } }) =>
      unique ? [uniqueKey(name, columns.flatMap(columnsIn), columns.some(isLiveMark))] : [],
    ),
  ]
}

function uniqueKey(name: string | undefined, columns: readonly string[], liveOnly: boolean): UniqueKey {
  return { name: name ?? columns.join('_'), columns, liveOnly }
}

/** The columns of an index, those inside expressions included. */
function columnsIn(part: Column | SQL): string[] {
  return is(part, SQL) ? columnNames(part.queryChunks.filter((chunk) => is(chunk, Column))) : [part.name]
}

function columnNames(columns: readonly { readonly name: string }[]): string[] {
  return columns.map(({ name }) => name)
}
