import { z } from 'zod'
import { sku } from './holds.ts'

const orderEvent = { orderId: z.uuid(), userId: z.uuid() }
const userEvent = { userId: z.uuid() }
/** Says how the user stands now, so that whoever keeps users is right after any one of their events. */
const userState = z.strictObject({ ...userEvent, active: z.boolean() })

/** Data of each event by its CloudEvents type. */
export const eventData = {
  'user.registered': userState,
  'user.activated': z.strictObject(userEvent),
  'user.deactivated': z.strictObject(userEvent),
  /** Profile, address or roles changed. */
  'user.updated': userState,
  'user.deleted': z.strictObject(userEvent),
  'user.password_changed': userState,
  /** The order stands: products sells what it holds, which names the lines. */
  'order.confirmed': z.strictObject(orderEvent),
  /** `available` fell to the threshold or below. */
  'stock.low': z.strictObject({ sku, available: z.int(), lowStockAt: z.int() }),
  /** The last piece was taken. */
  'stock.depleted': z.strictObject({ sku }),
  /** There are pieces above the threshold again, or for the first time. */
  'stock.replenished': z.strictObject({ sku, available: z.int() }),
} as const

export type EventType = keyof typeof eventData
export type EventData<Type extends EventType = EventType> = { [Key in Type]: z.output<(typeof eventData)[Key]> }[Type]

const envelope = {
  specversion: z.literal('1.0'),
  id: z.string().min(1).max(200),
  type: z.string().min(1).max(200),
  source: z.string().min(1).max(200),
  subject: z.string().min(1).max(200),
  sequence: z.int(),
  time: z.iso.datetime(),
  datacontenttype: z.literal('application/json'),
  traceparent: z.string().optional(),
  data: z.unknown(),
} as const

/**
 * CloudEvents 1.0. `subject` is the aggregate that the event tells of, and `sequence` its version after the change:
 * events of one subject are delivered in this order, and a consumer that keeps state by subject ignores what is older than
 * what it has seen.
 */
export const cloudEvent = z.looseObject(envelope)

/** One event, its data typed by its type. */
export type CloudEvent<Type extends EventType = EventType> = {
  [Key in Type]: Omit<z.output<z.ZodObject<typeof envelope>>, 'type' | 'data'> & { readonly type: Key; readonly data: EventData<Key> }
}[Type]

export const subscribers = ['orders', 'products'] as const
/** A service that is told of events. */
export type Subscriber = (typeof subscribers)[number]

/** Who is told of what. An event that nobody is told of is not written to an outbox. */
export const subscriptions: Readonly<Record<EventType, readonly Subscriber[]>> = {
  'user.registered': ['orders'],
  'user.activated': ['orders'],
  'user.deactivated': ['orders'],
  'user.updated': ['orders'],
  'user.password_changed': ['orders'],
  'user.deleted': ['orders'],
  'order.confirmed': ['products'],
  'stock.low': ['orders'],
  'stock.depleted': ['orders'],
  'stock.replenished': ['orders'],
}

/** POST /internal/events: CloudEvents in the batched content mode. */
export const eventBatch = z.array(cloudEvent).min(1).max(500)

/** The ids that the subscriber has stored the effect or the failure of; all others are sent again. */
export const eventReceipt = z.strictObject({ accepted: z.array(z.string()) })
export type EventReceipt = z.infer<typeof eventReceipt>
