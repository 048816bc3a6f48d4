import type { Table } from 'drizzle-orm'
import type { MySqlTable } from 'drizzle-orm/mysql-core'
import type { PgTable } from 'drizzle-orm/pg-core'
import type { SQLiteTable } from 'drizzle-orm/sqlite-core'
import type { MySqlDrizzle } from './mysql/mysql-drizzle.ts'
import type { PostgresDrizzle } from './postgres/postgres-drizzle.ts'
import type { SqliteDrizzle } from './sqlite/sqlite-drizzle.ts'

/** Drizzle as the database of a table has it. */
export type DrizzleOf<Of extends Table> = Of extends PgTable
  ? PostgresDrizzle
  : Of extends MySqlTable
    ? MySqlDrizzle
    : Of extends SQLiteTable
      ? SqliteDrizzle
      : never
