import type { CloudEvent, Subscriber } from '@polystore/contracts'

/** Stores the effect or the failure of every event that it can, and answers their ids; what is missing is sent again. */
export type AcceptEvents = (events: readonly unknown[]) => Promise<readonly string[]>

/** The way from a relay to a subscriber, at least once. */
export interface EventTransport {
  /**
   * Hands events to one subscriber, in their order, and answers the ids of those that it (or the broker) has stored.
   * @throws UnavailableError when the subscriber or the broker cannot be reached now
   */
  deliver(subscriber: Subscriber, events: readonly CloudEvent[], signal: AbortSignal): Promise<ReadonlySet<string>>
  /** Hands over what arrives for this subscriber from now on, and goes on after every loss of the connection. */
  receive(subscriber: Subscriber, accept: AcceptEvents): void
  /** Lets what is under way finish and hands over nothing more. */
  close(): Promise<void>
}
