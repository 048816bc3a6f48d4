import { InvalidValueError } from '../errors/repository-error.ts'
import type { MysqlDatabase } from './mysql/mysql-database.ts'
import type { PostgresDatabase } from './postgres/postgres-database.ts'
import type { SqlOptions } from './sql-options.ts'
import type { SqliteDatabase } from './sqlite/sqlite-database.ts'

/** A handle of one of them; `store` tells which. */
export type AnySqlDatabase = PostgresDatabase | MysqlDatabase | SqliteDatabase

/**
 * Gives the handle that the URL asks for: `postgres://` or `postgresql://`, `mysql://` or `mariadb://`, `sqlite:` or `file:`. Only the
 * driver of that database is loaded; like the handles themselves it connects with the first statement.
 * @throws InvalidValueError, which never quotes the URL
 */
export async function connectSql(url: string, options: SqlOptions = {}): Promise<AnySqlDatabase> {
  switch (/^([a-z]+):/i.exec(url)?.[1]?.toLowerCase()) {
    case 'postgres':
    case 'postgresql': {
      const { connectPostgres } = await import('./postgres/postgres-database.ts')
      return connectPostgres(url, options)
    }
    case 'mysql':
    case 'mariadb': {
      const { connectMysql } = await import('./mysql/mysql-database.ts')
      return connectMysql(url, options)
    }
    case 'sqlite':
    case 'file': {
      const { connectSqlite } = await import('./sqlite/sqlite-database.ts')
      return connectSqlite(url, options)
    }
    default:
      throw new InvalidValueError('The database URL must start with postgres://, mysql://, mariadb://, sqlite: or file:.')
  }
}
