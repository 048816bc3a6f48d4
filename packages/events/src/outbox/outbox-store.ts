import type { CloudEvent, Subscriber } from '@polystore/contracts'

/** One event on its way to one subscriber. */
export interface Delivery {
  readonly id: string
  readonly event: CloudEvent
  /** How often the subscriber has refused it; that it could not be reached does not count. */
  readonly refusals: number
}

/** Deliveries that one relay holds until its lease ends. */
export interface Claim {
  /** An answer to an older lease postpones and releases nothing. */
  readonly lease: string
  /** In the order of writing. */
  readonly deliveries: readonly Delivery[]
}

export interface ClaimOptions {
  readonly subscriber: Subscriber
  readonly limit: number
  readonly leaseMs: number
}

export interface PostponedDelivery {
  readonly id: string
  readonly pauseMs: number
}

/** What waits in an outbox. */
export interface OutboxDepth {
  readonly waiting: number
  /** Age of the oldest delivery in seconds; 0 when nothing waits. */
  readonly oldestSeconds: number
}

/** What a relay needs of a database. Every time is that of the database. */
export interface OutboxStore {
  /** Due deliveries, of each subject only the one of the lowest sequence; never one that another relay holds. */
  claim(options: ClaimOptions): Promise<Claim>
  /** The subscriber has them: they are gone, whoever holds them by now. */
  remove(ids: readonly string[]): Promise<void>
  /** The subscriber refused them: they are due again after their pauses. */
  postpone(lease: string, deliveries: readonly PostponedDelivery[], reason: string): Promise<void>
  /** They were not handed over: they are due at once. */
  release(lease: string, ids: readonly string[]): Promise<void>
  /** By subscriber. */
  depth(): Promise<ReadonlyMap<Subscriber, OutboxDepth>>
}
