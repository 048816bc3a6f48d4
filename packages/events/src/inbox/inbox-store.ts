/** An event that its consumer could not apply: tried again after growing pauses, parked after too many. */
export interface FailedEvent {
  readonly consumer: string
  readonly eventId: string
  /** As it came. */
  readonly event: unknown
  readonly failures: number
  readonly lastError: string
  /** Undefined while it is still tried. */
  readonly parkedAt: Date | undefined
}

export interface Failure {
  readonly consumer: string
  readonly eventId: string
  readonly event: unknown
  readonly reason: string
  /** Until it is tried again; undefined parks it. */
  readonly pauseMs: number | undefined
}

/** How many events failed and have not been applied since. */
export interface FailedDepth {
  readonly waiting: number
  readonly parked: number
}

/** What an inbox needs of a database. Every time is that of the database. */
export interface InboxStore<Tx> {
  transaction<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result>
  /** Notes the ids as applied by the consumer and answers those that were not noted before. */
  admit(consumer: string, eventIds: readonly string[], tx: Tx): Promise<ReadonlySet<string>>
  /** Keeps an event that failed, or counts another failure of it. */
  fail(failure: Failure): Promise<void>
  /** Failures that are due, leased to the caller. */
  claimFailed(options: { readonly limit: number; readonly leaseMs: number }): Promise<FailedEvent[]>
  /** The event was applied after all. */
  forget(consumer: string, eventId: string, tx: Tx): Promise<void>
  /** The oldest first. */
  listFailed(options: { readonly parkedOnly: boolean; readonly limit: number }): Promise<FailedEvent[]>
  /** What failed, or one event, is due at once and has all its tries again; answers how many. */
  redrive(eventId?: string): Promise<number>
  failedDepth(): Promise<FailedDepth>
  /** Forgets notes older than `days`, at most `limit`; answers how many. */
  purge(options: { readonly days: number; readonly limit: number }): Promise<number>
}
