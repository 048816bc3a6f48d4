import { maskUrl } from '../../masking/mask-url.ts'
import { SqlDatabase } from '../sql-database.ts'
import type { SqlEngine } from '../sql-engine.ts'
import type { SqlTransaction } from '../sql-transaction.ts'
import { mysqlDialect } from './mysql-dialect.ts'
import { openMysqlDriver } from './mysql-driver.ts'
import { createMysqlDrizzle, type MySqlDrizzle } from './mysql-drizzle.ts'
import { mysqlErrors } from './mysql-errors.ts'
import { readMysqlOptions, type MysqlOptions, type MysqlSettings } from './mysql-options.ts'

/** Gives a handle at once and connects with the first statement, to MariaDB or MySQL 8. @throws InvalidValueError for a URL that is none */
export function connectMysql(url: string, options: MysqlOptions = {}): MysqlDatabase {
  const settings = readMysqlOptions(url, options)
  settings.logger.info({ url: maskUrl(url), driver: 'mysql2', poolSize: settings.pool.poolSize }, 'connecting to MySQL')
  return new MysqlDatabase(settings)
}

/** One MariaDB or MySQL database behind one pool. */
export class MysqlDatabase extends SqlDatabase<MySqlDrizzle> {
  constructor(settings: MysqlSettings) {
    super(mysqlEngine(settings), settings)
  }

  override get store(): 'mysql' {
    return 'mysql'
  }
}

/** A transaction of MySQL, as `MysqlDatabase.transaction` opens it. */
export type MysqlTransaction = SqlTransaction<MySqlDrizzle>

export function mysqlEngine(settings: MysqlSettings): SqlEngine<MySqlDrizzle> {
  return {
    dialect: mysqlDialect,
    errors: mysqlErrors,
    openDriver: (onLost) => openMysqlDriver(settings, onLost),
    createDrizzle: createMysqlDrizzle,
  }
}
