import { randomBytes } from 'node:crypto'
import type { Subscriber } from '@polystore/contracts'
import { createService } from '@polystore/service-kit'
import type { AcceptEvents, EventTransport } from '../../src/index.ts'
import { eventRoutes } from '../../src/transports/http/event-routes.ts'
import { HttpTransport } from '../../src/transports/http/http-transport.ts'

/** A transport of which the given subscribers are connected. */
export interface OpenTransport {
  readonly transport: EventTransport
  readonly close: () => Promise<void>
  /** Whether nothing lies between relay and subscriber; without it nothing ever does. */
  readonly isEmpty?: () => boolean
}

export type OpenTransportFor = (subscribers: Readonly<Partial<Record<Subscriber, AcceptEvents>>>) => Promise<OpenTransport>

const secret = randomBytes(32).toString('hex')

/** Posts to a real service for each subscriber. */
export const openHttpTransport: OpenTransportFor = async (subscribers) => {
  const listening = await Promise.all(
    Object.entries(subscribers).map(async ([name, accept]) => {
      const service = createService({ name, version: '0.1.0', internalSecret: secret, logLevel: 'silent' })
      eventRoutes(service, accept)
      return { name, service, url: await service.listen({ host: '127.0.0.1', port: 0 }) }
    }),
  )
  const urls = Object.fromEntries(listening.map(({ name, url }) => [name, url]))
  const transport = new HttpTransport({ caller: 'auth', secret, urls, timeoutMs: 5_000 })
  return {
    transport,
    close: async () => {
      await transport.close()
      await Promise.all(listening.map(({ service }) => service.close()))
    },
  }
}
