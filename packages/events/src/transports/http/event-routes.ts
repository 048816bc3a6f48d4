import { eventReceipt } from '@polystore/contracts'
import type { Service } from '@polystore/service-kit'
import { z } from 'zod'
import type { AcceptEvents } from '../event-transport.ts'

/** CloudEvents in the batched content mode. */
export const batchMediaType = 'application/cloudevents-batch+json'
export const batchLimits = { events: 500, bytes: 1_048_576 } as const

// What one event looks like is for its consumer to judge: a batch is never refused for one of them.
const batch = z
  .array(z.unknown())
  .min(1)
  .max(batchLimits.events)
  .meta({
    id: 'EventBatch',
    examples: [
      [
        {
          specversion: '1.0',
          id: '01912f4e-7c3a-7b2e-8d1f-0123456789ab',
          type: 'stock.depleted',
          source: '/products',
          subject: '85123A',
          sequence: 7,
          time: '2026-01-31T12:00:00.000Z',
          datacontenttype: 'application/json',
          data: { sku: '85123A' },
        },
      ],
    ],
  })

/** Takes events from other services. They are accepted by any transport, so that services can change theirs one after another. */
export function eventRoutes(service: Service, accept: AcceptEvents): void {
  service.post(
    '/internal/events',
    {
      bodyLimit: 2 * batchLimits.bytes,
      config: { access: 'service', mediaTypes: [batchMediaType] },
      schema: {
        operationId: 'acceptEvents',
        summary: 'Take events of other services',
        description: 'Answers the ids of the events that are stored, as their effect or as a failure; all others are to be sent again.',
        tags: ['events'],
        body: batch,
        response: { 200: eventReceipt },
      },
    },
    async ({ body }) => ({ accepted: [...(await accept(body))] }),
  )
}
