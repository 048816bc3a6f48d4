import { is } from 'drizzle-orm'
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core'
import { UnsupportedError } from '../../errors/repository-error.ts'
import {
  columnNames,
  namedIndexes,
  namedReferences,
  namesDeletion,
  primaryKey,
  tableFacts,
  type TableConfig,
  type TableFacts,
} from '../table-facts.ts'

/** What a PostgreSQL table declares. @throws UnsupportedError for a table of another database */
export function describePostgresTable(table: unknown): TableFacts {
  if (!is(table, PgTable)) throw new UnsupportedError('This is no table of PostgreSQL.')
  const config: TableConfig = getTableConfig(table)
  const keys = config.primaryKeys.map((key) => [key.getName(), columnNames(key.columns)] as const)
  const constraints = [...namedReferences(config), ...keys, [`${config.name}_pkey`, primaryKey(config)] as const, ...namedIndexes(config)]
  return tableFacts(config, { constraints, leavesDeletedOut: namesDeletion })
}
