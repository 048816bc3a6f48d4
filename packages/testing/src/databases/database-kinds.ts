export const databaseKinds = ['postgres', 'mongo', 'mariadb', 'redis', 'rabbitmq'] as const

export type DatabaseKind = (typeof databaseKinds)[number]

export const urlVariables: Readonly<Record<DatabaseKind, string>> = {
  postgres: 'TEST_POSTGRES_URL',
  mongo: 'TEST_MONGO_URL',
  mariadb: 'TEST_MYSQL_URL',
  redis: 'TEST_REDIS_URL',
  rabbitmq: 'TEST_RABBITMQ_URL',
}

export interface TestServers {
  /** One line for people: which databases these are. */
  description: string
  /**
   * TEST_POSTGRES_URL, TEST_MONGO_URL, TEST_MYSQL_URL, TEST_REDIS_URL and TEST_RABBITMQ_URL of the servers that were asked for;
   * TEST_MYSQL_MISSING, TEST_REDIS_MISSING and TEST_RABBITMQ_MISSING say why there is none.
   */
  env: Record<string, string>
  stop(): Promise<void>
}
