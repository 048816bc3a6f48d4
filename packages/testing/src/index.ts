export { createMongoDatabase, createPostgresDatabase, type TestDatabase } from './databases/test-database.ts'
export { testConfig, type TestConfig } from './vitest/test-config.ts'
