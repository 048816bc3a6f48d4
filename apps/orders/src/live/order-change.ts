import { z } from 'zod'
import { orderStatuses } from '../orders/order.ts'

/** One entry of the history of an order, with the user whose order it is. Its id is that of the history. */
export const orderChange = z.object({
  id: z.int(),
  orderId: z.uuid(),
  userId: z.uuid(),
  fromStatus: z.enum(orderStatuses).nullable(),
  toStatus: z.enum(orderStatuses),
  actor: z.string(),
  reason: z.string().nullable(),
  at: z.string().transform((text) => new Date(text)),
})
export type OrderChange = z.output<typeof orderChange>
