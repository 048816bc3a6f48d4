import { cloudEvent, eventData, type CloudEvent, type EventType } from '@polystore/contracts'
import type { z } from 'zod'

/** An event as it came, and what became of reading it. */
export interface ReceivedEvent {
  readonly id: string
  readonly type: string
  readonly raw: unknown
  /** By its contract, or why it does not keep it. */
  readonly event: CloudEvent | Error
}

const named = cloudEvent.pick({ id: true, type: true })

/** Undefined for what is no event at all: it has no id by which anybody could be told of it. */
export function readEvent(raw: unknown): ReceivedEvent | undefined {
  const envelope = cloudEvent.safeParse(raw)
  if (envelope.success) return { id: envelope.data.id, type: envelope.data.type, raw, event: withData(envelope.data) }
  const rest = named.safeParse(raw)
  return rest.success ? { id: rest.data.id, type: rest.data.type, raw, event: faultOf(envelope.error.issues) } : undefined
}

function withData(envelope: z.output<typeof cloudEvent>): CloudEvent | Error {
  const { type } = envelope
  if (!isEventType(type)) return new Error('an event of a type that is not known')
  const data = eventData[type].safeParse(envelope.data)
  if (!data.success) return faultOf(data.error.issues)
  // oxlint-disable-next-line typescript/consistent-type-assertions -- the schema of this very type has read the data
  return { ...envelope, data: data.data } as CloudEvent
}

function isEventType(type: string): type is EventType {
  return Object.hasOwn(eventData, type)
}

/** Names the fields, never their values. */
function faultOf(issues: readonly { readonly path: readonly PropertyKey[]; readonly code?: string | undefined }[]): Error {
  const places = issues.slice(0, 5).map(({ path, code }) => `${path.map(String).join('.') || '(all)'}: ${code}`)
  return new Error(`the event does not keep its contract: ${places.join(', ')}`)
}
