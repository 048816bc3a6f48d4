import { eventStream, Problem, type Service } from '@polystore/service-kit'
import { z } from 'zod'
import type { LiveUpdates } from './live-updates.ts'

const example = `retry: 1000

id: 4711
event: order
data: {"orderId":"01912f4e-7c3a-7b2e-8d1f-0123456789ab","status":"CONFIRMED","from":"RESERVED","who":"system","actor":"system","reason":null,"text":"The order was confirmed.","at":"2026-01-31T12:00:00.000Z"}

`

const headers = z.looseObject({
  'last-event-id': z
    .string()
    .regex(/^\d{0,15}$/u, 'must be the id of an event as it was sent')
    .optional()
    .meta({ description: 'The last event that was seen: all later ones come first. 0 asks for everything there is.', examples: ['0'] }),
})

export function liveRoutes(service: Service, live: LiveUpdates): void {
  service.get(
    '/orders/events',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'followMyOrders',
        summary: 'What happens to my orders, as server-sent events',
        description:
          'Sends an event for every change of one of my orders until the client leaves. A client that comes back with Last-Event-ID ' +
          'misses nothing, and may be sent an event of the last seconds again with the same id. The server ends a stream now and then; ' +
          'come back after the time that `retry` said. In a browser read it with `fetch`, for EventSource cannot send the access token.',
        tags: ['orders'],
        headers,
        response: { 200: eventStream(example) },
        problems: ['too-many-streams'],
      },
    },
    async (request, reply) => {
      if (request.identity.kind !== 'user') throw new Problem('unauthenticated')
      const lastEventId = request.headers['last-event-id']
      const stream = await live.open(request.identity.id, lastEventId ? Number(lastEventId) : undefined)
      reply.raw.once('close', () => stream.destroy())
      // The connection ends with the stream: one that stays open would hold up the end of the process.
      return reply
        .headers({ 'cache-control': 'no-store, no-transform', 'x-accel-buffering': 'no', connection: 'close' })
        .type('text/event-stream')
        .send(stream)
    },
  )
}
