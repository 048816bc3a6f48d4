import { createMysqlDatabase, createPostgresDatabase } from '@polystore/testing'
import { describe, test } from 'vitest'
import { mysqlMigrationDialect } from '../src/migrations/mysql/mysql-migration-dialect.ts'
import { postgresMigrationDialect } from '../src/migrations/postgres/postgres-migration-dialect.ts'
import { sqliteMigrationDialect } from '../src/migrations/sqlite/sqlite-migration-dialect.ts'
import { proveEvolution } from './support/evolve.ts'
import { describeMysql } from './support/mysql.ts'
import { createSqliteFile } from './support/sqlite.ts'

// EVOLUTIONS=200 EVOLUTION_SEED=1000 tries more and others.
const share = Number(process.env['EVOLUTIONS'] ?? 15) / 50
const start = Number(process.env['EVOLUTION_SEED'] ?? 1)
const seeds = (count: number): number[] => Array.from({ length: Math.ceil(count * share) }, (_, position) => start + position)

describe('a random change of a random schema on PostgreSQL', () => {
  const harness = { dialect: postgresMigrationDialect, createDatabase: createPostgresDatabase }
  test.each(seeds(18))('goes up, down and up with rows in the tables, seed %i', (seed) => proveEvolution(harness, seed))
})

describeMysql('a random change of a random schema on MariaDB', () => {
  const harness = { dialect: mysqlMigrationDialect, createDatabase: createMysqlDatabase }
  test.each(seeds(16))('goes up, down and up with rows in the tables, seed %i', (seed) => proveEvolution(harness, seed))
})

describe('a random change of a random schema on SQLite', () => {
  const createDatabase = async () => {
    const { url, remove } = await createSqliteFile()
    return { url, drop: remove }
  }
  test.each(seeds(16))('goes up, down and up with rows in the tables, seed %i', (seed) =>
    proveEvolution({ dialect: sqliteMigrationDialect, createDatabase }, seed),
  )
})
