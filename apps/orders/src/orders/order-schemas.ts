import { currency, quantity, sku } from '@polystore/contracts'
import { defineClientQuery } from '@polystore/db-core'
import { z } from 'zod'
import { historyEntry } from './order-history-schemas.ts'
import { orderStatuses } from './order.ts'
import type { OrderRow } from './order-table.ts'

const instant = z.iso.datetime()
export const orderStatus = z.enum(orderStatuses)

/** What a client may say about an order: which SKUs and how many. Prices come from products. */
export const placeOrderBody = z
  .strictObject({ lines: z.array(z.strictObject({ sku, quantity })).min(1).max(1_000) })
  .meta({ id: 'PlaceOrder', examples: [{ lines: [{ sku: '85123A', quantity: 6 }] }] })

/** What placing an order is refused with, however it is asked for. */
export const placeOrderProblems = [
  'idempotency-in-flight',
  'insufficient-stock',
  'unknown-sku',
  'mixed-currencies',
  'order-cancelled',
  'user-inactive',
  'upstream-unavailable',
  'upstream-timeout',
] as const

export const orderView = z
  .strictObject({
    id: z.uuid(),
    userId: z.uuid(),
    status: orderStatus,
    version: z.int(),
    currency: currency.nullable(),
    /** Minor units; null until products named the prices. */
    totalCents: z.int().nullable(),
    lines: z.array(
      z.strictObject({
        sku,
        quantity,
        name: z.string().nullable(),
        unitPriceCents: z.int().nullable(),
      }),
    ),
    rejection: z.strictObject({ reason: z.enum(['insufficient-stock', 'unknown-sku', 'mixed-currencies']), skus: z.array(sku) }).nullable(),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: 'Order' })
export type OrderView = z.infer<typeof orderView>

export const orderDetail = orderView.extend({ history: z.array(historyEntry) }).meta({ id: 'OrderDetail' })
export type OrderDetail = z.infer<typeof orderDetail>

/** A list shows orders without their lines. */
export const orderSummary = orderView.omit({ lines: true }).meta({ id: 'OrderSummary' })
export type OrderSummary = z.infer<typeof orderSummary>

export const orderList = z
  .strictObject({ items: z.array(orderSummary), next: z.string().optional(), previous: z.string().optional() })
  .meta({ id: 'OrderList' })

export const orderParams = z.strictObject({ id: z.uuid() })

const listed = {
  status: { value: orderStatus, operators: ['eq', 'in'] },
  createdAt: { value: z.date(), operators: ['gt', 'gte', 'lt', 'lte'] },
} as const
const order = { sortable: ['createdAt'], defaultSort: ['-createdAt'] } as const

export const myOrdersQuery = defineClientQuery<OrderRow>()({ filterable: listed, ...order })
export const allOrdersQuery = defineClientQuery<OrderRow>()({
  filterable: { ...listed, userId: { value: z.uuid(), operators: ['eq'] } },
  ...order,
})

/** Why, for the history. */
export const reasonBody = z.strictObject({ reason: z.string().min(1).max(200).optional() })

/** Printable ASCII, bare or in double quotes as the IETF draft writes it; the quotes do not belong to the key. */
export const idempotencyKey = z
  .string()
  .regex(/^(?:"[\x21\x23-\x5b\x5d-\x7e]{1,255}"|[\x21\x23-\x7e]{1,255})$/u, 'must be 1 to 255 printable characters')
  .transform((key) => key.replace(/^"(.*)"$/u, '$1'))
