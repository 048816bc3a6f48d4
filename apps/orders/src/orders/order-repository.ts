import { and, asc, eq, inArray, isNotNull, lt, or, isNull, lte, sql } from 'drizzle-orm'
import { appendEvents, outboxTable } from '@polystore/events/postgres'
import { SqlRepository, type PostgresDatabase, type SqlTransaction } from '@polystore/db-core/sql'
import { growingPause } from '@polystore/service-kit'
import type { OrderedLine } from './order.ts'
import { orderConfirmed } from './order-confirmed.ts'
import { orderHistoryTable, orderLineTable, orderTable, type OrderHistoryRow, type OrderLineRow, type OrderRow } from './order-table.ts'

const postponement = { firstMs: 250, longestMs: 30_000 }

/** Queries over orders, their lines and their history. */
export class OrderRepository extends SqlRepository<typeof orderTable> {
  readonly #database: PostgresDatabase

  constructor(database: PostgresDatabase) {
    super(database, orderTable)
    this.#database = database
  }

  async linesOf(orderId: string, tx?: SqlTransaction): Promise<OrderLineRow[]> {
    return this.db(tx).select().from(orderLineTable).where(eq(orderLineTable.orderId, orderId)).orderBy(asc(orderLineTable.lineNumber))
  }

  async historyOf(orderId: string): Promise<OrderHistoryRow[]> {
    return this.db()
      .select()
      .from(orderHistoryTable)
      .where(eq(orderHistoryTable.orderId, orderId))
      .orderBy(asc(orderHistoryTable.id))
      .limit(100)
  }

  /** The demands of several orders by order id. */
  async demandsOf(orderIds: readonly string[]): Promise<ReadonlyMap<string, OrderedLine[]>> {
    const rows = await this.db()
      .select({ orderId: orderLineTable.orderId, sku: orderLineTable.sku, quantity: orderLineTable.quantity })
      .from(orderLineTable)
      .where(inArray(orderLineTable.orderId, [...orderIds]))
      .orderBy(asc(orderLineTable.orderId), asc(orderLineTable.lineNumber))
    const groups = Map.groupBy(rows, ({ orderId }) => orderId)
    return new Map([...groups].map(([id, lines]) => [id, lines.map(({ sku, quantity }) => ({ sku, quantity }))]))
  }

  /** Leases up to `limit` due orders to the caller; two callers never get the same one while the lease lasts. */
  async claimDue(limit: number, leaseSeconds: number): Promise<ClaimedOrder[]> {
    const claimed = await this.#lease(limit, leaseSeconds)
    if (claimed.length === 0) return []
    const demands = await this.demandsOf(claimed.map(({ order }) => order.id))
    return claimed.map(({ order, expired }) => ({ order, expired, lines: demands.get(order.id) ?? [] }))
  }

  async #lease(limit: number, leaseSeconds: number): Promise<Pick<ClaimedOrder, 'order' | 'expired'>[]> {
    return this.#database.transaction(async (tx) => {
      const due = await tx.drizzle
        .select({ id: orderTable.id })
        .from(orderTable)
        .where(
          and(
            isNotNull(orderTable.nextRunAt),
            lte(orderTable.nextRunAt, sql`now()`),
            or(isNull(orderTable.leaseUntil), lt(orderTable.leaseUntil, sql`now()`)),
          ),
        )
        .orderBy(asc(orderTable.nextRunAt))
        .limit(limit)
        .for('update', { skipLocked: true })
      if (due.length === 0) return []
      return tx.drizzle
        .update(orderTable)
        .set({ leaseUntil: sql`now() + make_interval(secs => ${leaseSeconds})` })
        .where(
          inArray(
            orderTable.id,
            due.map(({ id }) => id),
          ),
        )
        .returning({ order: orderTable, expired: sql<boolean>`${orderTable.expiresAt} <= now()` })
    })
  }

  /** Whether products may still hear of the confirmation by itself: its event waits here, or has left a moment ago. */
  async isBeingTold(orderId: string): Promise<boolean> {
    const [row] = await this.#database.execute<{ told: boolean }>(sql`
      select exists (select from ${outboxTable} where subscriber = 'products' and subject = ${orderId})
        or exists (select from ${orderTable} where id = ${orderId} and updated_at > now() - interval '1 minute') as told`)
    return row?.told ?? false
  }

  /** Tells products again; what is sold already stays as it is. @throws NotFoundError */
  async tellConfirmed(orderId: string): Promise<void> {
    const order = await this.get(orderId)
    await this.#database.transaction((tx) => appendEvents(tx, [orderConfirmed(order, order.version)]))
  }

  /** Gives a claimed order back, to be tried again after a growing, jittered pause. */
  async postpone(order: OrderRow, lastError: string): Promise<void> {
    const attempts = order.attempts + 1
    const pauseSeconds = growingPause(attempts, postponement) / 1_000
    await this.db()
      .update(orderTable)
      .set({
        attempts,
        lastError,
        leaseUntil: null,
        nextRunAt: sql`now() + make_interval(secs => ${pauseSeconds})`,
      })
      .where(and(eq(orderTable.id, order.id), eq(orderTable.version, order.version)))
  }
}

export interface ClaimedOrder {
  readonly order: OrderRow
  readonly lines: readonly OrderedLine[]
  /** By the clock of the database. */
  readonly expired: boolean
}
