import type { PostgresDatabase } from '@polystore/db-core/sql'
import type { EventBus } from '@polystore/events'
import type { Service } from '@polystore/service-kit'
import type { OrderProcessEvents } from '../orders/order-process-events.ts'
import { LiveUpdates } from './live-updates.ts'
import { OrderChangeRepository } from './order-change-repository.ts'

interface Parts {
  readonly service: Service
  readonly database: PostgresDatabase
  readonly bus: Pick<EventBus<OrderProcessEvents>, 'on'>
}

/** Streams that look at once when this process has moved an order, and end before the service waits for its last answers. */
export function startLiveUpdates({ service, database, bus }: Parts): LiveUpdates {
  const live = new LiveUpdates({ changes: new OrderChangeRepository(database), log: service.log })
  bus.on('orders.changed', 'live updates', ({ userIds }) => live.wake(userIds))
  service.addHook('preClose', async () => live.close())
  const gauge = service.metrics.meter.createObservableGauge('polystore_live_streams', { description: 'Open streams of events' })
  gauge.addCallback((result) => result.observe(live.count))
  return live
}
