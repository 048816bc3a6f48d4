import { z } from 'zod'
import { orderStatuses } from './order.ts'

/** One step of an order's life, told to the one who asks. */
export const historyEntry = z
  .strictObject({
    from: z.enum(orderStatuses).nullable(),
    to: z.enum(orderStatuses),
    who: z.enum(['you', 'customer', 'staff', 'system']).meta({ description: 'Who moved the order, seen from the one who asks' }),
    actor: z
      .string()
      .meta({ description: '`user:<id>`, `staff:<id>` or `system`; a customer sees no id but their own', examples: ['system'] }),
    reason: z.string().nullable(),
    text: z.string().meta({ description: 'What happened, in words', examples: ['The order was confirmed.'] }),
    at: z.iso.datetime(),
  })
  .meta({ id: 'OrderHistoryEntry' })
export type HistoryEntry = z.infer<typeof historyEntry>
