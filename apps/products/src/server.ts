import { connectMongo } from '@polystore/db-core/mongo'
import { createLogger, parseConfig, runService } from '@polystore/service-kit'
import { buildApp } from './app.ts'
import { productsConfig } from './config.ts'
import { createDependencies } from './dependencies.ts'

const config = parseConfig(productsConfig, process.env)
const database = connectMongo(config.MONGO_URL, {
  poolSize: config.MONGO_POOL_SIZE,
  waitQueueTimeoutSeconds: config.MONGO_POOL_TIMEOUT,
  poolRecycleSeconds: config.MONGO_POOL_RECYCLE,
  applicationName: 'products',
  cursorSecret: config.INTERNAL_SECRET,
  logger: createLogger({ name: 'products', level: config.LOG_LEVEL }),
})
const dependencies = createDependencies(database, { poolSize: config.MONGO_POOL_SIZE, crashPoint: config.CRASH_POINT })

await runService({
  name: 'products',
  config,
  build: () => buildApp(dependencies, { logLevel: config.LOG_LEVEL, internalSecret: config.INTERNAL_SECRET }),
  start: (_service, signal) => database.waitUntilReady({ signal }),
  close: [() => database.close()],
})
