import type { MySqlDatabase, MySqlQueryResultHKT, PreparedQueryHKTBase } from 'drizzle-orm/mysql-core'

/** A query without declared columns answers with objects whose keys are the database's column names. */
export interface MySqlObjectRows extends MySqlQueryResultHKT {
  type: this['row'][]
}

/** Drizzle over db-core's own connections: its errors are RepositoryErrors, its statements are prepared by their text. */
export type MySqlDrizzle = MySqlDatabase<MySqlObjectRows, PreparedQueryHKTBase>
