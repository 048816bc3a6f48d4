export { createMongoDatabase, createPostgresDatabase, type TestDatabase } from './databases/test-database.ts'
export { startService, type TestService } from './services/start-service.ts'
export { testConfig, type TestConfig } from './vitest/test-config.ts'
