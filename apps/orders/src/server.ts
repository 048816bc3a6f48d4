import { connectPostgres } from '@polystore/db-core/sql'
import { databaseOptions, parseConfig, runService } from '@polystore/service-kit'
import { buildApp } from './app.ts'
import { ordersConfig } from './config.ts'

const config = parseConfig(ordersConfig, process.env)
const database = connectPostgres(config.DATABASE_URL, databaseOptions(config, 'orders'))

await runService({
  name: 'orders',
  config,
  build: () => buildApp(config, database),
  start: async () => database.ping(),
  close: [async () => database.close()],
})
