import { connectMongo } from '@polystore/db-core/mongo'
import { schemaReadiness } from '@polystore/db-core/readiness'
import { mongoOptions, parseConfig, runService } from '@polystore/service-kit'
import { buildApp } from './app.ts'
import { collections } from './collections.ts'
import { productsConfig } from './config.ts'
import { createDependencies } from './dependencies.ts'
import { migrations } from './migrations.ts'

const config = parseConfig(productsConfig, process.env)
const database = connectMongo(config.MONGO_URL, mongoOptions(config, 'products'))
const schema = schemaReadiness({ database, migrations })
const dependencies = createDependencies(database, { crashFile: config.CRASH_FILE })

await runService({
  name: 'products',
  config,
  build: () => buildApp(config, dependencies),
  start: async (_service, signal) => {
    await database.waitUntilReady({ signal })
    // Before its data migrations have run an index of this release might be impossible.
    if ((await schema.migrations()) === undefined) await database.prepare(collections, { dropHidden: false, onlyMissing: true })
  },
  close: [() => database.close()],
})
