import { GroupCommit } from '@polystore/db-core'
import type { PostgresDatabase } from '@polystore/db-core/sql'
import type { EventBus } from '@polystore/events'
import { groupLimits, sizeOf } from '../group-limits.ts'
import { moveStatement } from './move-statement.ts'
import type { Move } from './order-move.ts'
import type { OrderProcessEvents } from '../order-process-events.ts'

export interface OrderMoverOptions {
  readonly database: PostgresDatabase
  readonly bus: Pick<EventBus<OrderProcessEvents>, 'emit'>
}

/**
 * Moves orders, many in one statement: compare-and-set on status and version, history, prices, the stored answer, the outbox, and the
 * end of the cart that was bought commit together for each order, or nothing of it.
 */
export class OrderMover {
  readonly #options: OrderMoverOptions
  readonly #group: GroupCommit<Move, string | undefined>

  constructor(options: OrderMoverOptions) {
    this.#options = options
    this.#group = new GroupCommit(groupLimits(options.database), (moves) => this.#moveAll(moves))
  }

  /** When the order was moved; undefined when somebody else moved it first. @throws RepositoryError */
  move(move: Move): Promise<string | undefined> {
    return this.#group.add(move, sizeOf(move.prices?.lines ?? []))
  }

  async #moveAll(moves: readonly Move[]): Promise<(string | undefined)[]> {
    const first = new Map(moves.toReversed().map((move) => [turnOf(move.order), move]))
    const { rows } = await this.#options.database.run(moveStatement([...first.values()]))
    const movedAt = new Map(rows.map(([id, version, at]) => [turnOf({ id, version }), String(at)]))
    this.#tell([...first.values()].filter(({ order }) => movedAt.has(turnOf(order))))
    return moves.map((move) => (first.get(turnOf(move.order)) === move ? movedAt.get(turnOf(move.order)) : undefined))
  }

  #tell(moved: readonly Move[]): void {
    const { bus } = this.#options
    if (moved.length === 0) return
    bus.emit('orders.changed', { userIds: moved.map(({ order }) => order.userId) })
    const count = moved.reduce((sum, { deliveries = [] }) => sum + deliveries.length, 0)
    if (count > 0) bus.emit('outbox.written', { count })
  }
}

/** Of those who want to move one version of an order, the first does. */
function turnOf({ id, version }: { readonly id: unknown; readonly version: unknown }): string {
  return `${String(id)} ${String(version)}`
}
