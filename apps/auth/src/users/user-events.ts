import type { Transaction } from '@polystore/db-core'
import type { PostgresDatabase } from '@polystore/db-core/sql'
import type { NewEvent } from '@polystore/events'
import { appendEvents } from '@polystore/events/postgres'
import type { UserRow } from './user-table.ts'

/** What other services are told of users. */
export interface UserEvents {
  /** Commits with the change that the event tells of, or not at all. */
  append(event: NewEvent, tx: Transaction): Promise<void>
}

export class UserOutbox implements UserEvents {
  readonly #database: PostgresDatabase
  readonly #onWritten: () => void

  /** `onWritten` is called when an event was committed. */
  constructor(database: PostgresDatabase, onWritten: () => void = () => {}) {
    this.#database = database
    this.#onWritten = onWritten
  }

  async append(event: NewEvent, tx: Transaction): Promise<void> {
    await appendEvents(this.#database.join(tx), [event])
    tx.afterCommit(this.#onWritten, { evenIfUnknown: true })
  }
}

export function registered({ id, active, version }: UserRow): NewEvent {
  return { type: 'user.registered', subject: id, sequence: version, data: { userId: id, active } }
}

/** Of a user who was activated or deactivated just now. */
export function activationChanged({ id, active, version }: UserRow): NewEvent {
  return { type: active ? 'user.activated' : 'user.deactivated', subject: id, sequence: version, data: { userId: id } }
}

/** Of a user whose profile, address or roles changed just now. */
export function updated({ id, active, version }: UserRow): NewEvent {
  return { type: 'user.updated', subject: id, sequence: version, data: { userId: id, active } }
}

/** Of a user who was deleted just now; the version is that of the deleted row. */
export function deleted({ id, version }: UserRow): NewEvent {
  return { type: 'user.deleted', subject: id, sequence: version, data: { userId: id } }
}

/** Of a user who has a new password since just now. */
export function passwordChanged({ id, active, version }: UserRow): NewEvent {
  return { type: 'user.password_changed', subject: id, sequence: version, data: { userId: id, active } }
}
