import type { Logger } from '@polystore/service-kit'
import { brokerUrl, type EventConfig } from '../event-config.ts'
import type { EventTransport } from './event-transport.ts'
import { HttpTransport, type HttpTransportOptions } from './http/http-transport.ts'

export interface OpenTransportOptions extends Omit<HttpTransportOptions, 'secret'> {
  readonly log: Pick<Logger, 'info' | 'warn'>
}

/** The transport that the configuration names; the code of the other is not loaded. */
export async function openTransport(config: EventConfig, { log, ...options }: OpenTransportOptions): Promise<EventTransport> {
  if (config.EVENT_TRANSPORT === 'http') return new HttpTransport({ ...options, secret: config.INTERNAL_SECRET })
  const { rabbitmqTransport } = await import('./rabbitmq/index.ts')
  return rabbitmqTransport({ url: brokerUrl(config), connectionName: options.caller, logger: log })
}
