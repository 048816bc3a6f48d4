import { connectMongo } from '@polystore/db-core/mongo'
import { mongoOptions, parseConfig, runService } from '@polystore/service-kit'
import { buildApp } from './app.ts'
import { collections } from './collections.ts'
import { productsConfig } from './config.ts'
import { createDependencies } from './dependencies.ts'

const config = parseConfig(productsConfig, process.env)
const database = connectMongo(config.MONGO_URL, mongoOptions(config, 'products'))
const dependencies = createDependencies(database, { poolSize: config.MONGO_POOL_SIZE, crashPoint: config.CRASH_POINT })

await runService({
  name: 'products',
  config,
  build: () => buildApp(dependencies, { logLevel: config.LOG_LEVEL, internalSecret: config.INTERNAL_SECRET }),
  start: async (_service, signal) => {
    await database.waitUntilReady({ signal })
    await database.prepare(collections, { dropHidden: false, onlyMissing: true })
  },
  close: [() => database.close()],
})
