import { InvalidValueError } from '../../errors/repository-error.ts'
import type { SqlDatabase } from '../../sql/sql-database.ts'
import type { AppliedMigration } from './judge-records.ts'

type SqlReader = Pick<SqlDatabase<unknown>, 'store' | 'run'>

/** Each answers a row when there is a table of records. */
const tableExists = {
  postgres: "select 1 where to_regclass('polystore_migrations') is not null",
  mysql: "select 1 from information_schema.tables where table_schema = database() and table_name = 'polystore_migrations'",
  sqlite: "select 1 from sqlite_schema where type = 'table' and name = 'polystore_migrations'",
}

const seen = new WeakSet<SqlReader>()

/** The migrations of an SQL database; none where nothing has ever been migrated. @throws RepositoryError */
export async function readSqlRecords(database: SqlReader): Promise<AppliedMigration[]> {
  if (!seen.has(database)) {
    const { rows } = await database.run({ text: tableExists[database.store], values: [] })
    if (rows.length === 0) return []
    seen.add(database)
  }
  try {
    const { rows } = await database.run({ text: 'select name, state, contract from polystore_migrations', values: [] })
    return rows.map(toApplied)
  } catch (error) {
    // The table may have gone with its database, which is another one by now.
    seen.delete(database)
    throw error
  }
}

function toApplied([name, state, contract]: readonly unknown[]): AppliedMigration {
  if (typeof name !== 'string' || (state !== 'applied' && state !== 'applying' && state !== 'undoing'))
    throw new InvalidValueError('The table polystore_migrations has another shape.')
  return { name, state, ...(typeof contract === 'string' && { contract }) }
}
