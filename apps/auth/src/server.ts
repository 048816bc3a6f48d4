import { connectPostgres } from '@polystore/db-core/sql'
import { databaseOptions, parseConfig, runService } from '@polystore/service-kit'
import { buildApp } from './app.ts'
import { authConfig } from './config.ts'
import { assertReady, createDependencies } from './dependencies.ts'

const config = parseConfig(authConfig, process.env)
const database = connectPostgres(config.DATABASE_URL, databaseOptions(config, 'auth'))
const dependencies = await createDependencies(config, database)

await runService({
  name: 'auth',
  config,
  build: () => buildApp(config, dependencies),
  start: async (service) => {
    // Its signing keys lie in tables that migrations make.
    await service.schema.require()
    await assertReady(dependencies)
  },
  close: [() => database.close()],
})
