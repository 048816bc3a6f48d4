import { connectMongo } from '@polystore/db-core/mongo'
import { mongoEvents } from '@polystore/events/mongo'
import { runEventsOperator } from '@polystore/events/operator'
import { mongoOptions, parseConfig } from '@polystore/service-kit'
import { eventsOperatorConfig } from './config.ts'

const config = parseConfig(eventsOperatorConfig, process.env)
const database = connectMongo(config.MONGO_URL, mongoOptions(config, 'products-operator'))
try {
  await database.waitUntilReady({ signal: AbortSignal.timeout(10_000) })
  const store = mongoEvents(database, 'products')
  process.exitCode = await runEventsOperator({ name: 'products', args: process.argv.slice(2), config, store, out: console.log })
} finally {
  await database.close()
}
