import { randomUUID } from 'node:crypto'
import type { EventData, EventType } from '@polystore/contracts'
import { MongoRepository, type MongoDatabase, type MongoTransaction } from '@polystore/db-core/mongo'
import { outboxCollection } from './outbox-collection.ts'

export interface NewEvent<Type extends EventType> {
  readonly type: Type
  /** The aggregate that the event is about, such as a SKU. */
  readonly subject: string
  readonly data: EventData<Type>
}

/** Events of this service that wait for the relay. */
export class OutboxRepository extends MongoRepository<typeof outboxCollection> {
  constructor(database: MongoDatabase) {
    super(database, outboxCollection)
  }

  /** Commits with the change that the event tells of, or not at all. */
  async append<Type extends EventType>({ type, subject, data }: NewEvent<Type>, tx: MongoTransaction): Promise<void> {
    await this.create(
      {
        id: randomUUID(),
        specversion: '1.0',
        type,
        source: '/products',
        subject,
        time: new Date(),
        datacontenttype: 'application/json',
        data,
        publishedAt: null,
      },
      { tx },
    )
  }
}
