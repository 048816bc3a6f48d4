import { sqliteMigrationDialect } from '../../src/migrations/sqlite/sqlite-migration-dialect.ts'
import type { MigrationHarness } from './migration-world.ts'
import { createSqliteFile } from './sqlite.ts'

export const sqliteHarness: MigrationHarness = {
  dialect: sqliteMigrationDialect,
  async createDatabase() {
    const { url, remove } = await createSqliteFile()
    return { url, drop: remove }
  },
}
