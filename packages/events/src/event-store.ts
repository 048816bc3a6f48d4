import type { InboxStore } from './inbox/inbox-store.ts'
import type { OutboxStore } from './outbox/outbox-store.ts'

/** Outbox and inbox of one service in its database; from `postgresEvents` or `mongoEvents`. */
export interface EventStore<Tx> {
  readonly outbox: OutboxStore
  readonly inbox: InboxStore<Tx>
}
