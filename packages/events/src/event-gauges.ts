import type { Service } from '@polystore/service-kit'
import type { EventStore } from './event-store.ts'

/** Shows at /metrics what waits in the outbox and what failed; a database that does not answer leaves them out. */
export function observeEvents<Tx>(service: Pick<Service, 'metrics' | 'log'>, { outbox, inbox }: EventStore<Tx>): void {
  const { meter } = service.metrics
  const depth = meter.createObservableGauge('outbox.depth', { description: 'Deliveries that wait, by subscriber' })
  const age = meter.createObservableGauge('outbox.age.seconds', { description: 'Age of the oldest delivery that waits, by subscriber' })
  const failed = meter.createObservableGauge('events.failed', { description: 'Events that a consumer could not apply, by state' })
  const unlessDown = async (read: () => Promise<void>): Promise<void> =>
    read().catch((error: unknown) => service.log.warn({ err: error }, 'the gauges of events could not be read'))

  meter.addBatchObservableCallback(
    (result) =>
      unlessDown(async () => {
        for (const [subscriber, { waiting, oldestSeconds }] of await outbox.depth()) {
          result.observe(depth, waiting, { subscriber })
          result.observe(age, oldestSeconds, { subscriber })
        }
      }),
    [depth, age],
  )
  meter.addBatchObservableCallback(
    (result) =>
      unlessDown(async () => {
        const { waiting, parked } = await inbox.failedDepth()
        result.observe(failed, waiting, { state: 'waiting' })
        result.observe(failed, parked, { state: 'parked' })
      }),
    [failed],
  )
}
