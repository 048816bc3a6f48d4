import { connectMongo } from '@polystore/db-core/mongo'
import { mongoOptions } from '@polystore/service-kit'
import { mongoEvents } from '../mongo/mongo-events.ts'
import { runEventsOperator, type EventsOperatorOptions } from './run-events-operator.ts'

type DatabaseConfig = Parameters<typeof mongoOptions>[0] & { readonly MONGO_URL: string }

const readyWithinMs = 10_000

/** `runEventsOperator` of a service whose events are in MongoDB, with a connection of its own. */
export async function runMongoEventsOperator(
  options: Omit<EventsOperatorOptions<unknown>, 'store'> & { readonly config: DatabaseConfig },
): Promise<number> {
  const { name, config } = options
  const database = connectMongo(config.MONGO_URL, mongoOptions(config, `${name}-operator`))
  try {
    await database.waitUntilReady({ signal: AbortSignal.timeout(readyWithinMs) })
    return await runEventsOperator({ ...options, store: mongoEvents(database, name) })
  } finally {
    await database.close()
  }
}
