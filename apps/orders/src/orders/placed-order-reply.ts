import type { PlacedOrder } from './place-order.ts'

interface Reply {
  code(status: number): unknown
  headers(values: Readonly<Record<string, string>>): unknown
  serializer(serialize: (payload: string) => string): { send(payload: unknown): unknown }
}

/** The 201 as it was stored, byte for byte. */
export function sendPlacedOrder(reply: Reply, { orderId, body, replayed }: PlacedOrder): void {
  const headers = { location: `/orders/${orderId}`, 'content-type': 'application/json; charset=utf-8' }
  reply.code(201)
  reply.headers(replayed ? { ...headers, 'idempotent-replayed': 'true' } : headers)
  reply.serializer((text) => text).send(body)
}
