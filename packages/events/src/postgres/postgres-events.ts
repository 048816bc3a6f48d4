import type { PostgresDatabase, SqlTransaction } from '@polystore/db-core/sql'
import type { EventStore } from '../event-store.ts'
import { PostgresInbox } from './postgres-inbox.ts'
import { PostgresOutbox } from './postgres-outbox.ts'

/** Outbox and inbox of a service in PostgreSQL. `name` is that of the service, and the source of its events. */
export function postgresEvents(database: PostgresDatabase, name: string): EventStore<SqlTransaction> {
  return { outbox: new PostgresOutbox(database, `/${name}`), inbox: new PostgresInbox(database) }
}
