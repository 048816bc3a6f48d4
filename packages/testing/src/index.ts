export { createMongoDatabase, createMysqlDatabase, createPostgresDatabase, type TestDatabase } from './databases/test-database.ts'
export { mariadbMissing } from './databases/test-servers.ts'
export { startService, type TestService } from './services/start-service.ts'
export { fullRun, testConfig, type TestConfig } from './vitest/test-config.ts'
