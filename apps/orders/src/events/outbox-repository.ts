import { randomUUIDv7 } from 'node:crypto'
import type { EventData, EventType } from '@polystore/contracts'
import type { SqlTransaction } from '@polystore/db-core/sql'
import { outboxTable } from './outbox-table.ts'

/** Writes an event in the transaction of the change it tells of. */
export async function appendEvent<Type extends EventType>(
  type: Type,
  data: EventData<Type> & { readonly orderId: string },
  tx: SqlTransaction,
): Promise<void> {
  await tx.drizzle.insert(outboxTable).values({ id: randomUUIDv7(), type, subject: data.orderId, data })
}
