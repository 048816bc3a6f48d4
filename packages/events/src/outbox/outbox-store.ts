import type { CloudEvent, Subscriber } from '@polystore/contracts'

/** One event on its way to one subscriber, leased to the relay that claimed it. */
export interface ClaimedDelivery {
  readonly id: string
  readonly subscriber: Subscriber
  readonly event: CloudEvent
  /** Claims so far, this one included. */
  readonly attempts: number
  /** The claim; an answer to an older one changes nothing. */
  readonly lease: string
}

export interface ClaimOptions {
  readonly limit: number
  readonly leaseMs: number
  /** Subscribers that are left in peace for now. */
  readonly except: readonly Subscriber[]
}

/** What waits in an outbox. */
export interface OutboxDepth {
  readonly waiting: number
  /** Age of the oldest delivery in seconds; 0 when nothing waits. */
  readonly oldestSeconds: number
}

/** What the relay needs of a database. Every time is that of the database. */
export interface OutboxStore {
  /** Due deliveries, of each subject and subscriber only the one of the lowest sequence; never one that another relay holds. */
  claim(options: ClaimOptions): Promise<ClaimedDelivery[]>
  /** The subscriber has them: they are gone. */
  remove(deliveries: readonly ClaimedDelivery[]): Promise<void>
  /** To be claimed again after a pause. */
  postpone(deliveries: readonly ClaimedDelivery[], pauseMs: number, reason: string): Promise<void>
  /** By subscriber. */
  depth(): Promise<ReadonlyMap<Subscriber, OutboxDepth>>
}
