import { is } from 'drizzle-orm'
import { getTableConfig, SQLiteTable } from 'drizzle-orm/sqlite-core'
import { UnsupportedError } from '../../errors/repository-error.ts'
import { columnNames, namedIndexes, namesDeletion, tableFacts, type TableConfig, type TableFacts } from '../table-facts.ts'

/** What a SQLite table declares. @throws UnsupportedError for a table of another database */
export function describeSqliteTable(table: unknown): TableFacts {
  if (!is(table, SQLiteTable)) throw new UnsupportedError('This is no table of SQLite.')
  const config: TableConfig = getTableConfig(table)
  return tableFacts(config, { constraints: [...onlyReferenceOf(config), ...namedIndexes(config)], leavesDeletedOut: namesDeletion })
}

/** Under this name stand the columns of a table's reference, if it has only one: SQLite does not tell which of several is broken. */
export const onlyReference = 'the only reference'

function onlyReferenceOf({ foreignKeys }: TableConfig): (readonly [name: string, columns: readonly string[]])[] {
  const [reference, ...others] = foreignKeys
  return reference && others.length === 0 ? [[onlyReference, columnNames(reference.reference().columns)]] : []
}
