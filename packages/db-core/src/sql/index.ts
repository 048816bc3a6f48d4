export { connectPostgres, PostgresDatabase } from './postgres-database.ts'
export type { PostgresOptions } from './postgres-options.ts'
export type { SqlDrizzle } from './sql-drizzle.ts'
export { SqlTransaction } from './sql-transaction.ts'
