import { toHistoryEntry } from '../orders/order-history-view.ts'
import type { OrderChange } from './order-change.ts'

/** One server-sent event: its id is that of the change, its data what the customer may know of it. */
export function toEventText(change: OrderChange, customerId: string): string {
  const { to: status, ...entry } = toHistoryEntry(change, { id: customerId, staff: false })
  return `id: ${change.id}\nevent: order\ndata: ${JSON.stringify({ orderId: change.orderId, status, ...entry })}\n\n`
}
