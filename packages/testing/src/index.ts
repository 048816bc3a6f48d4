export {
  createMongoDatabase,
  createMysqlDatabase,
  createPostgresDatabase,
  createRabbitmqSpace,
  createRedisSpace,
  type TestDatabase,
} from './databases/test-database.ts'
export { mariadbMissing, rabbitmqMissing, redisMissing } from './databases/test-servers.ts'
export { freePort } from '@polystore/dev-stack'
export { startService, type TestService } from './services/start-service.ts'
export { fullRun, testConfig, type TestConfig } from './vitest/test-config.ts'
