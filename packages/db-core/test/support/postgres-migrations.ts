import { createPostgresDatabase } from '@polystore/testing'
import { postgresMigrationDialect } from '../../src/migrations/postgres/postgres-migration-dialect.ts'
import { createMigrationWorld, type MigrationFiles, type MigrationHarness, type MigrationWorld } from './migration-world.ts'

export const postgresMigrations: MigrationHarness = {
  dialect: postgresMigrationDialect,
  async createDatabase() {
    const { url, drop } = await createPostgresDatabase()
    return { url, drop: async () => void (await drop()) }
  },
}

export function createPostgresWorld(files: MigrationFiles): Promise<MigrationWorld> {
  return createMigrationWorld(postgresMigrations, files)
}
