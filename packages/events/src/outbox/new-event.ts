import { randomUUID } from 'node:crypto'
import { subscriptions, type EventData, type EventType, type Subscriber } from '@polystore/contracts'
import { currentTrace, formatTraceparent } from '@polystore/service-kit'

/** What a change tells the others. */
export type NewEvent = {
  [Type in EventType]: {
    readonly type: Type
    /** The aggregate that changed, such as an order id or a SKU. */
    readonly subject: string
    /** Its version after the change. */
    readonly sequence: number
    readonly data: EventData<Type>
  }
}[EventType]

/** One event for one subscriber, ready to be written. */
export interface NewDelivery {
  readonly subscriber: Subscriber
  readonly eventId: string
  readonly type: EventType
  readonly subject: string
  readonly sequence: number
  readonly data: EventData
  readonly traceparent: string | null
}

/** A delivery for every subscriber of every event, as part of the current trace. */
export function planDeliveries(events: readonly NewEvent[]): NewDelivery[] {
  const trace = currentTrace()
  const traceparent = trace === undefined ? null : formatTraceparent(trace)
  return events.flatMap((event) => {
    const eventId = randomUUID()
    const { type, subject, sequence, data } = event
    return subscriptions[type].map((subscriber) => ({ subscriber, eventId, type, subject, sequence, data, traceparent }))
  })
}

/** Who is told of these types. */
export function subscribersOf(types: readonly EventType[]): Subscriber[] {
  return [...new Set(types.flatMap((type) => subscriptions[type]))]
}
