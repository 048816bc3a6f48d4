import { brokerUrl, type EventConfig } from '../event-config.ts'
import type { EventTransport } from './event-transport.ts'
import { HttpTransport, type HttpTransportOptions } from './http/http-transport.ts'

/** The transport that the configuration names; the code of the other is not loaded. */
export async function openTransport(config: EventConfig, options: Omit<HttpTransportOptions, 'secret'>): Promise<EventTransport> {
  if (config.EVENT_TRANSPORT === 'http') return new HttpTransport({ ...options, secret: config.INTERNAL_SECRET })
  throw new Error(`no transport for ${brokerUrl(config)}`)
}
