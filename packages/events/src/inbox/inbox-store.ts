import type { CloudEvent } from '@polystore/contracts'

/** An event that its consumer could not apply: tried again after growing pauses, parked after too many. */
export interface FailedEvent {
  readonly consumer: string
  readonly event: CloudEvent
  readonly attempts: number
  readonly lastError: string
  /** Undefined while it is still tried. */
  readonly parkedAt?: Date
}

/** What the inbox needs of a database. */
export interface InboxStore<Tx> {
  transaction<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result>
  /** Notes the ids as applied by the consumer and answers those that were not noted before. */
  admit(consumer: string, eventIds: readonly string[], tx: Tx): Promise<ReadonlySet<string>>
  /** Keeps an event that failed, or counts another failure; it is due again after `pauseMs`, or parked without one. */
  fail(consumer: string, event: unknown, failure: { readonly reason: string; readonly pauseMs: number | undefined }): Promise<void>
  /** Leases due failures to the caller. */
  claimFailed(options: { readonly limit: number; readonly leaseMs: number }): Promise<FailedEvent[]>
  /** The event was applied after all. */
  forget(consumer: string, eventId: string, tx: Tx): Promise<void>
  listFailed(options: { readonly parked: boolean; readonly limit: number }): Promise<FailedEvent[]>
  /** Parked events, or one of them, are due again; answers how many. */
  redrive(eventId?: string): Promise<number>
  /** Forgets notes older than `days`, at most `limit`; answers how many. */
  purge(options: { readonly days: number; readonly limit: number }): Promise<number>
}
