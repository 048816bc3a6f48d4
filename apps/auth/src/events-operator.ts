import { connectPostgres } from '@polystore/db-core/sql'
import { runEventsOperator } from '@polystore/events/operator'
import { postgresEvents } from '@polystore/events/postgres'
import { databaseOptions, parseConfig } from '@polystore/service-kit'
import { eventsOperatorConfig } from './config.ts'

const config = parseConfig(eventsOperatorConfig, process.env)
const database = connectPostgres(config.DATABASE_URL, databaseOptions(config, 'auth-operator'))
try {
  const store = postgresEvents(database, 'auth')
  process.exitCode = await runEventsOperator({ name: 'auth', args: process.argv.slice(2), config, store, out: console.log })
} finally {
  await database.close()
}
