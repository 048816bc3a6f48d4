import type { CloudEvent, UserStatus } from '@polystore/contracts'
import type { SqlTransaction } from '@polystore/db-core/sql'
import { defineConsumer, type Consumer } from '@polystore/events'
import type { KnownUserRepository } from './known-user-repository.ts'

const types = ['user.registered', 'user.activated', 'user.deactivated', 'user.updated', 'user.password_changed', 'user.deleted'] as const
type UserEvent = CloudEvent<(typeof types)[number]>

/** Keeps this service's copy of users. */
export function userConsumer(knownUsers: KnownUserRepository): Consumer<SqlTransaction, UserEvent['type']> {
  return defineConsumer({
    name: 'known-users',
    types,
    apply: (events, tx) => knownUsers.note(latestOf(events), tx),
  })
}

/** One status for each user: that of the latest of their events, however the events are ordered. */
export function latestOf(events: readonly UserEvent[]): UserStatus[] {
  const latest = new Map<string, UserStatus>()
  for (const event of events) {
    const { userId: id } = event.data
    const known = latest.get(id)
    if (known === undefined || known.version < event.sequence) latest.set(id, { id, active: isActive(event), version: event.sequence })
  }
  return [...latest.values()]
}

function isActive(event: UserEvent): boolean {
  switch (event.type) {
    case 'user.registered':
    case 'user.updated':
    case 'user.password_changed':
      return event.data.active
    case 'user.activated':
      return true
    case 'user.deactivated':
    case 'user.deleted':
      return false
  }
}
