import { cloudEvent, eventData, type CloudEvent, type EventType } from '@polystore/contracts'

/** What an event says of itself, whether or not anybody here understands it. */
export interface Envelope {
  readonly id: string
  readonly type: string
}

/** Undefined for what is no event at all. */
export function parseEnvelope(event: unknown): Envelope | undefined {
  const parsed = cloudEvent.pick({ id: true, type: true }).safeParse(event)
  return parsed.success ? { id: parsed.data.id, type: parsed.data.type } : undefined
}

/** @throws Error that names the fields at fault, never their values */
export function parseEvent(event: unknown): CloudEvent {
  const envelope = cloudEvent.safeParse(event)
  if (!envelope.success) throw faultOf(envelope.error.issues)
  const { type } = envelope.data
  if (!isEventType(type)) throw new Error(`no event of the type ${type} is known`)
  const data = eventData[type].safeParse(envelope.data.data)
  if (!data.success) throw faultOf(data.error.issues)
  // oxlint-disable-next-line typescript/consistent-type-assertions -- the schema of this very type has read the data
  return { ...envelope.data, type, data: data.data } as CloudEvent
}

export function isEventType(type: string): type is EventType {
  return Object.hasOwn(eventData, type)
}

function faultOf(issues: readonly { readonly path: readonly PropertyKey[]; readonly code?: string }[]): Error {
  const places = issues.slice(0, 5).map(({ path, code }) => `${path.map(String).join('.') || '(all)'}: ${code}`)
  return new Error(`the event does not keep its contract: ${places.join(', ')}`)
}
