import { subscribers } from '@polystore/contracts'
import { createRabbitmqSpace } from '@polystore/testing'
import type { AcceptEvents, EventTransport } from '../../src/index.ts'
import { rabbitmqTransport } from '../../src/transports/rabbitmq/index.ts'
import type { OpenTransportFor } from '../conformance/transports.ts'
import { isEvent, keptLog } from './support.ts'

/** Over queues of its own on the test server; counts what the broker has confirmed and no subscriber has accepted yet. */
export const openRabbitmqTransport: OpenTransportFor = async (accepts) => {
  const transport = rabbitmqTransport({ ...createRabbitmqSpace(), connectionName: 'conformance', settleMs: 0, logger: keptLog() })
  const onTheWay = new Map<string, number>()
  const count = (ids: Iterable<string>, step: number): void => {
    for (const id of ids) onTheWay.set(id, (onTheWay.get(id) ?? 0) + step)
  }
  for (const subscriber of subscribers) {
    const accept = accepts[subscriber]
    if (accept)
      transport.receive(
        subscriber,
        counted(accept, (ids) => count(ids, -1)),
      )
  }
  const deliver: EventTransport['deliver'] = async (...delivery) => {
    const stored = await transport.deliver(...delivery)
    count(stored, 1)
    return stored
  }
  const isEmpty = (): boolean => [...onTheWay.values()].every((copies) => copies === 0)
  return { transport: { ...transport, deliver }, close: () => transport.close(), isEmpty }
}

/** Every copy counts: the same event may have come twice in one batch. */
function counted(accept: AcceptEvents, tell: (ids: string[]) => void): AcceptEvents {
  return async (events) => {
    const accepted = new Set(await accept(events))
    tell(events.flatMap((event) => (isEvent(event) && accepted.has(event.id) ? [event.id] : [])))
    return [...accepted]
  }
}
