import { sqliteMigrationDialect } from '../src/migrations/sqlite/sqlite-migration-dialect.ts'
import { describeMigrations } from './support/describe-migrations.ts'
import type { MigrationHarness } from './support/migration-world.ts'
import { createSqliteFile } from './support/sqlite.ts'

const harness: MigrationHarness = {
  dialect: sqliteMigrationDialect,
  async createDatabase() {
    const { url, remove } = await createSqliteFile()
    return { url, drop: remove }
  },
}

describeMigrations(harness)
