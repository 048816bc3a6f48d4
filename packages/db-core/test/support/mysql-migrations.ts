import { createMysqlDatabase } from '@polystore/testing'
import { mysqlMigrationDialect } from '../../src/migrations/mysql/mysql-migration-dialect.ts'
import type { MigrationHarness } from './migration-world.ts'

export const mysqlHarness: MigrationHarness = { dialect: mysqlMigrationDialect, createDatabase: createMysqlDatabase }
