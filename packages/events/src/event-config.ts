import { ConfigError, configInteger, configUrl } from '@polystore/service-kit'
import { z } from 'zod'

/** Variables of a service that tells or is told of events. */
export const eventConfig = {
  EVENT_TRANSPORT: z
    .enum(['http', 'rabbitmq'], 'must be http or rabbitmq')
    .default('http')
    .meta({ description: 'http (from service to service, no broker) or rabbitmq' }),
  RABBITMQ_URL: configUrl(['amqp:', 'amqps:'])
    .optional()
    .meta({ description: 'amqp://user:password@host:5672/vhost; needed by the transport rabbitmq', secret: true }),
  EVENT_POLL_MS: configInteger({ min: 10, max: 60_000 })
    .default(500)
    .meta({ description: 'Pause between looks into the outbox when nothing wakes the relay' }),
  EVENT_LEASE_SECONDS: configInteger({ min: 1, max: 600 })
    .default(5)
    .meta({ description: 'Until what a relay claimed and did not hand over is claimed by another' }),
  EVENT_MAX_TRIES: configInteger({ min: 1, max: 100 })
    .default(8)
    .meta({ description: 'Failures of one event after which a consumer parks it for a person' }),
}

export type EventConfig = Readonly<z.output<z.ZodObject<typeof eventConfig>>> & { readonly INTERNAL_SECRET: string }

/** The address of the broker. @throws ConfigError when there is none */
export function brokerUrl(config: EventConfig): string {
  if (config.RABBITMQ_URL === undefined) throw new ConfigError(['RABBITMQ_URL: is missing, and EVENT_TRANSPORT is rabbitmq'])
  return config.RABBITMQ_URL
}
