import type { SqlDialect } from './sql-dialect.ts'
import type { DriverConnection } from './sql-driver.ts'
import type { SqlErrors } from './sql-errors.ts'
import type { RunStatement } from './sql-connection.ts'

/** One kind of database behind a handle: its text, its errors, its driver, and Drizzle as it has it. */
export interface SqlEngine<Drizzle> {
  readonly dialect: SqlDialect
  readonly errors: SqlErrors
  /** Opens one connection within the connect timeout; `onLost` is called at once when it can no longer be used. */
  openDriver(onLost: () => void): Promise<DriverConnection>
  /** Drizzle over db-core's own connections: statements go to `run`, and nothing else opens transactions. */
  createDrizzle(run: RunStatement): Drizzle
}
