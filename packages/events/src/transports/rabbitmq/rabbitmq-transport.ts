import type { AcceptEvents, EventTransport } from '../event-transport.ts'
import { RabbitmqConsumer } from './rabbitmq-consumer.ts'
import type { RabbitmqLinkOptions } from './rabbitmq-link.ts'
import { RabbitmqPublisher } from './rabbitmq-publisher.ts'
import { defaultDeliveryLimit, defaultSettleMs, rabbitmqNames } from './rabbitmq-topology.ts'

export interface RabbitmqTransportOptions extends RabbitmqLinkOptions {
  /** Events that a subscriber is handed at once, and that it holds in memory. Default: 100. */
  readonly prefetch?: number
  /** How often a message comes back because its process died with it, before it goes to the dead queue; counts where a queue is declared first. Default: 5. */
  readonly deliveryLimit?: number
  /** After which silence a consumer begins anew. Default: 30,000. */
  readonly silenceMs?: number
  /** How long a new queue is not used. Default: 1,000. */
  readonly settleMs?: number
  /** Begins the names of exchanges and queues. Default: polystore. */
  readonly namespace?: string
}

/** Events through a RabbitMQ broker, for services on more than one machine. Opens no connection before it is used. */
export function rabbitmqTransport(options: RabbitmqTransportOptions): EventTransport {
  const {
    prefetch = 100,
    deliveryLimit = defaultDeliveryLimit,
    silenceMs = 30_000,
    settleMs = defaultSettleMs,
    namespace,
    ...link
  } = options
  const common = { ...link, names: rabbitmqNames(namespace), deliveryLimit, settleMs }
  // Each way has a connection of its own: a broker that is short of memory stops reading from publishers only.
  const publisher = new RabbitmqPublisher({ ...common, connectionName: `${link.connectionName} publisher` })
  const consumers: RabbitmqConsumer[] = []
  return {
    deliver: (subscriber, events, signal) => {
      const messages = events.map((event) => ({ id: event.id, type: event.type, content: Buffer.from(JSON.stringify(event)) }))
      return publisher.deliver(subscriber, messages, signal)
    },
    receive(subscriber, accept: AcceptEvents) {
      const connectionName = `${link.connectionName} consumer`
      consumers.push(new RabbitmqConsumer({ ...common, connectionName, prefetch, silenceMs, subscriber, accept }))
    },
    async close() {
      await Promise.all(consumers.map((consumer) => consumer.close()))
      await publisher.close()
    },
  }
}
