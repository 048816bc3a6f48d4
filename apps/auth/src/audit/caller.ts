import type { Identity } from '@polystore/service-kit'
import type { Origin } from './audit-event.ts'
import { originOf, type OriginOfRequest } from './request-origin.ts'

/** Who does something, and from where, as the audit log has it. */
export interface Caller {
  /** A user's id, `service:<name>`, or `system`; null for somebody unknown. */
  readonly actor: string | null
  readonly origin: Origin
}

/** Work that nobody asked for over the network. */
export const systemCaller: Caller = { actor: 'system', origin: { address: null, userAgent: null } }

export function callerOf(request: OriginOfRequest & { readonly identity: Identity }): Caller {
  return { actor: actorOf(request.identity), origin: originOf(request) }
}

function actorOf(identity: Identity): string | null {
  switch (identity.kind) {
    case 'anonymous':
      return null
    case 'user':
      return identity.id
    case 'service':
      return `service:${identity.name}`
  }
}
