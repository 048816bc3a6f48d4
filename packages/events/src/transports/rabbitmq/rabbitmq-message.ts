import { cloudEvent } from '@polystore/contracts'

/** An event as it travels: named by its id, else as it came. */
export interface ReadMessage {
  readonly id: string
  readonly type: string
  readonly event: unknown
}

const named = cloudEvent.pick({ id: true, type: true })

/** Undefined for what is no JSON or has no id; all else is for its consumer to judge. */
export function readMessage(content: Buffer): ReadMessage | undefined {
  try {
    const event: unknown = JSON.parse(content.toString('utf8'))
    const parsed = named.safeParse(event)
    return parsed.success ? { ...parsed.data, event } : undefined
  } catch {
    return undefined
  }
}
