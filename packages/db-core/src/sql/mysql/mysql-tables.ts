import { is } from 'drizzle-orm'
import { getTableConfig, MySqlTable } from 'drizzle-orm/mysql-core'
import { UnsupportedError } from '../../errors/repository-error.ts'
import { namedReferences, primaryKey, tableFacts, type TableConfig, type TableFacts } from '../table-facts.ts'
import { isLiveMark } from './mysql-live-mark.ts'

/** What a MySQL table declares. @throws UnsupportedError for a table of another database */
export function describeMysqlTable(table: unknown): TableFacts {
  if (!is(table, MySqlTable)) throw new UnsupportedError('This is no table of MySQL.')
  const config: TableConfig = getTableConfig(table)
  const constraints = [['PRIMARY', primaryKey(config)] as const, ...namedReferences(config)]
  return tableFacts(config, { constraints, leavesDeletedOut: ({ columns }) => columns.some(isLiveMark) })
}
