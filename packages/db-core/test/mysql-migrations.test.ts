import { createMysqlDatabase } from '@polystore/testing'
import { mysqlMigrationDialect } from '../src/migrations/mysql/mysql-migration-dialect.ts'
import { describeMigrations } from './support/describe-migrations.ts'
import type { MigrationHarness } from './support/migration-world.ts'
import { describeMysql } from './support/mysql.ts'

const harness: MigrationHarness = { dialect: mysqlMigrationDialect, createDatabase: createMysqlDatabase }

describeMysql('migrations', () => describeMigrations(harness))
