import { z } from 'zod'
import { currency, quantity, sku } from './holds.ts'

const orderLine = z.strictObject({ sku, quantity })
const orderEvent = { orderId: z.uuid(), userId: z.uuid(), version: z.int() }

/** Data of each event by its CloudEvents type; the aggregate's version orders the events of one subject. */
export const eventData = {
  'order.placed': z.strictObject({ ...orderEvent, lines: z.array(orderLine) }),
  'order.confirmed': z.strictObject({ ...orderEvent, lines: z.array(orderLine), totalCents: z.int(), currency }),
  'order.rejected': z.strictObject({ ...orderEvent, reason: z.string(), skus: z.array(sku) }),
  'order.cancelled': z.strictObject({ ...orderEvent, reason: z.string() }),
  'stock.low': z.strictObject({ sku, available: z.int(), lowStockAt: z.int() }),
} as const

export type EventType = keyof typeof eventData
export type EventData<Type extends EventType> = z.infer<(typeof eventData)[Type]>
