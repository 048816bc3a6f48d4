import type { Identity } from '@polystore/service-kit'

/** True for staff and administrators. */
export function isStaff(identity: Identity): boolean {
  return identity.kind === 'user' && identity.roles.some((role) => role === 'staff' || role === 'admin')
}

/** Who acts, as the ledger keeps it: `user:<id>` or `service:<name>`. */
export function actorOf(identity: Identity): string {
  switch (identity.kind) {
    case 'user':
      return `user:${identity.id}`
    case 'service':
      return `service:${identity.name}`
    case 'anonymous':
      return 'anonymous'
  }
}
