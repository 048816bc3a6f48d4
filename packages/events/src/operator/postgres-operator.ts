import { connectPostgres } from '@polystore/db-core/sql'
import { databaseOptions } from '@polystore/service-kit'
import { postgresEvents } from '../postgres/postgres-events.ts'
import { runEventsOperator, type EventsOperatorOptions } from './run-events-operator.ts'

type DatabaseConfig = Parameters<typeof databaseOptions>[0] & { readonly DATABASE_URL: string }

/** `runEventsOperator` of a service whose events are in PostgreSQL, with a connection of its own. */
export async function runPostgresEventsOperator(
  options: Omit<EventsOperatorOptions<unknown>, 'store'> & { readonly config: DatabaseConfig },
): Promise<number> {
  const { name, config } = options
  const database = connectPostgres(config.DATABASE_URL, databaseOptions(config, `${name}-operator`))
  try {
    return await runEventsOperator({ ...options, store: postgresEvents(database, name) })
  } finally {
    await database.close()
  }
}
