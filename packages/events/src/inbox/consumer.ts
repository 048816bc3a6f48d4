import type { CloudEvent, EventType } from '@polystore/contracts'

/**
 * Work that a service does on events, once per event. `Tx` is the transaction of its database: the effect and the note that
 * the event was applied, unless the consumer keeps none, commit together.
 */
export interface Consumer<Tx, Type extends EventType = EventType> {
  /** Stands in the inbox; another name is another consumer, which is told from the start of its subscription. */
  readonly name: string
  readonly types: readonly Type[]
  /**
   * The effect itself tells what it was done for, so that a repeated event changes nothing: no note is kept of the events, and `apply`
   * is given those that were applied before as well.
   */
  readonly idempotent?: boolean
  /** Runs a transaction of this consumer when its effect stands in nobody's way. */
  readonly inTurn?: <Result>(work: () => Promise<Result>) => Promise<Result>
  /**
   * The effect of all events at once, none of which was applied before unless `idempotent`. An error undoes it for all, and they are
   * tried in halves, until what is at fault stands alone.
   */
  apply(events: readonly CloudEvent<Type>[], tx: Tx): Promise<void>
}

/** Gives the data of the events the type that the consumer names. */
export function defineConsumer<Tx, Type extends EventType>(consumer: Consumer<Tx, Type>): Consumer<Tx, Type> {
  return consumer
}
