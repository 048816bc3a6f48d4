import type { MongoDatabase, MongoTransaction } from '@polystore/db-core/mongo'
import type { EventStore } from '../event-store.ts'
import { MongoInbox } from './mongo-inbox.ts'
import { MongoOutbox } from './mongo-outbox.ts'

/** Outbox and inbox of a service in MongoDB. `name` is that of the service, and the source of its events. */
export function mongoEvents(database: MongoDatabase, name: string): EventStore<MongoTransaction> {
  return { outbox: new MongoOutbox(database, `/${name}`), inbox: new MongoInbox(database) }
}
