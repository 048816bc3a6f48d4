import type { CloudEvent } from '@polystore/contracts'

/** What every outbox keeps of an event. */
export interface StoredEvent {
  readonly eventId: string
  readonly type: string
  readonly subject: string
  readonly sequence: number
  readonly data: unknown
  readonly traceparent: string | null
  readonly createdAt: Date
}

/** The envelope of an event that this service wrote. */
export function toEvent(stored: StoredEvent, source: string): CloudEvent {
  const { eventId, type, subject, sequence, data, traceparent, createdAt } = stored
  const event = {
    specversion: '1.0',
    id: eventId,
    type,
    source,
    subject,
    sequence,
    time: createdAt.toISOString(),
    datacontenttype: 'application/json',
    ...(traceparent === null ? {} : { traceparent }),
    data,
  }
  // oxlint-disable-next-line typescript/consistent-type-assertions -- written by `appendEvents`, which takes typed events alone
  return event as CloudEvent
}
