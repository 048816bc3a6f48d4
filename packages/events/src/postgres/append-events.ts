import { sql, type SQL } from 'drizzle-orm'
import type { SqlTransaction } from '@polystore/db-core/sql'
import { planDeliveries, type NewDelivery, type NewEvent } from '../outbox/new-event.ts'
import { outboxTable } from './event-tables.ts'

/** Writes events in the transaction of the change that they tell of, one row for each subscriber. Wake the relay after the commit. */
export async function appendEvents(tx: SqlTransaction, events: readonly NewEvent[]): Promise<void> {
  const deliveries = planDeliveries(events)
  if (deliveries.length > 0) await tx.execute(insertDeliveries(deliveries))
}

/** The statement that writes them; its text is the same for any number. */
function insertDeliveries(deliveries: readonly NewDelivery[]): SQL {
  const list = (values: readonly (string | number | object | null)[], type: string) => sql`${sql.param(values)}::${sql.raw(type)}[]`
  return sql`
    insert into ${outboxTable} (subscriber, event_id, type, subject, sequence, data, traceparent)
    select * from unnest(
      ${list(deliveries.map(({ subscriber }) => subscriber), 'text')},
      ${list(deliveries.map(({ eventId }) => eventId), 'uuid')},
      ${list(deliveries.map(({ type }) => type), 'text')},
      ${list(deliveries.map(({ subject }) => subject), 'text')},
      ${list(deliveries.map(({ sequence }) => sequence), 'integer')},
      ${list(deliveries.map(({ data }) => data), 'jsonb')},
      ${list(deliveries.map(({ traceparent }) => traceparent), 'text')}
    )` // prettier-ignore
}
