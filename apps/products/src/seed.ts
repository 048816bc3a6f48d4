import { connectMongo } from '@polystore/db-core/mongo'
import { commonConfig, createLogger, mongoConfig, parseConfig } from '@polystore/service-kit'
import { z } from 'zod'
import { createDependencies } from './dependencies.ts'
import { seedCatalogue } from './seed/seed-catalogue.ts'

const { LOG_LEVEL } = commonConfig
const config = parseConfig(z.object({ ...mongoConfig, LOG_LEVEL }), process.env)
const logger = createLogger({ name: 'products-seed', level: config.LOG_LEVEL })
const database = connectMongo(config.MONGO_URL, { applicationName: 'products-seed', logger })
try {
  await database.waitUntilReady()
  const results = await seedCatalogue(createDependencies(database))
  const created = results.filter(({ status }) => status === 'created').length
  process.stdout.write(`${created} products created, ${results.length - created} were there\n`)
} finally {
  await database.close()
}
