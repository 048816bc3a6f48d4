import { GroupCommit, UnknownDatabaseError } from '@polystore/db-core'
import type { PostgresDatabase } from '@polystore/db-core/sql'
import type { EventBus } from '@polystore/events'
import type { OrdersCrash } from '../../crash-point.ts'
import { groupLimits, sizeOf } from '../group-limits.ts'
import type { NewOrder } from './new-order.ts'
import type { OrderProcessEvents } from '../order-process-events.ts'
import { placeStatement } from './place-statement.ts'

export type PlaceOutcome =
  | { readonly kind: 'placed'; readonly createdAt: string }
  | { readonly kind: 'key-taken' | 'user-inactive' | 'user-unknown' }

export interface OrderPlacerOptions {
  readonly database: PostgresDatabase
  readonly bus: Pick<EventBus<OrderProcessEvents>, 'emit'>
  readonly crash: OrdersCrash
  /** Until recovery takes the order up if the request that placed it says nothing more. */
  readonly graceSeconds: number
  /** Until an order that never got its stock is cancelled. */
  readonly expirySeconds: number
}

/** Writes new orders: the key, the PENDING order, its lines and the first entry of its history, for many requests in one statement. */
export class OrderPlacer {
  readonly #options: OrderPlacerOptions
  readonly #group: GroupCommit<NewOrder, PlaceOutcome>

  constructor(options: OrderPlacerOptions) {
    this.#options = options
    this.#group = new GroupCommit(groupLimits(options.database), (orders) => this.#placeAll(orders))
  }

  /** Nothing is written unless the outcome is `placed`. @throws RepositoryError */
  place(order: NewOrder): Promise<PlaceOutcome> {
    return this.#group.add(order, sizeOf(order.lines))
  }

  async #placeAll(orders: readonly NewOrder[]): Promise<PlaceOutcome[]> {
    const { database, bus, crash } = this.#options
    crash('before-place-commit')
    const { rows } = await database.run(placeStatement(orders, this.#options))
    const outcomes = new Map(rows.map(([id, active, createdAt]) => [id, outcomeOf(active, createdAt)]))
    const placed = orders.filter(({ id }) => outcomes.get(id)?.kind === 'placed')
    if (placed.length > 0) {
      crash('after-place-commit')
      bus.emit('orders.changed', { userIds: placed.map(({ userId }) => userId) })
    }
    return orders.map(({ id }) => outcomes.get(id) ?? noOutcome())
  }
}

function outcomeOf(active: unknown, createdAt: unknown): PlaceOutcome {
  if (typeof createdAt === 'string') return { kind: 'placed', createdAt }
  if (active === null) return { kind: 'user-unknown' }
  return { kind: active === true ? 'key-taken' : 'user-inactive' }
}

function noOutcome(): never {
  throw new UnknownDatabaseError('A new order was answered nothing.')
}
