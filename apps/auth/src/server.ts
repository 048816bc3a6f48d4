import { connectPostgres } from '@polystore/db-core/sql'
import { createLogger, parseConfig, runService } from '@polystore/service-kit'
import { buildApp } from './app.ts'
import { authConfig, databaseOptions } from './config.ts'
import { assertReady, createDependencies } from './dependencies.ts'

const config = parseConfig(authConfig, process.env)
const logger = createLogger({ name: 'auth', level: config.LOG_LEVEL })
const database = connectPostgres(config.DATABASE_URL, { ...databaseOptions(config), logger })
const dependencies = await createDependencies(config, database)

await runService({
  name: 'auth',
  config,
  build: () => buildApp(config, dependencies),
  start: () => assertReady(dependencies),
  close: [() => database.close()],
})
