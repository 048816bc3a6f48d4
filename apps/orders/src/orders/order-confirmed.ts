import type { NewEvent } from '@polystore/events'

/** What products sells the held stock by. `sequence` is the version of the order. */
export function orderConfirmed(order: { readonly id: string; readonly userId: string }, sequence: number): NewEvent {
  return { type: 'order.confirmed', subject: order.id, sequence, data: { orderId: order.id, userId: order.userId } }
}
