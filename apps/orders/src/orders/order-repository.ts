import { and, asc, eq, inArray, isNotNull, lt, or, isNull, lte, sql } from 'drizzle-orm'
import { SqlRepository, type PostgresDatabase, type SqlTransaction } from '@polystore/db-core/sql'
import type { HoldLine } from '@polystore/contracts'
import type { OrderedLine, OrderStatus } from './order.ts'
import { orderHistoryTable, orderLineTable, orderTable, type OrderHistoryRow, type OrderLineRow, type OrderRow } from './order-table.ts'

export interface NewOrder {
  readonly id: string
  readonly userId: string
  readonly lines: readonly OrderedLine[]
  /** Seconds until recovery takes the order up if the request that placed it says nothing more. */
  readonly graceSeconds: number
  /** Seconds until an order that never got its stock is cancelled. */
  readonly expirySeconds: number
}

/** One step of an order's life. */
export interface Move {
  readonly order: Pick<OrderRow, 'id' | 'status' | 'version'>
  /** The statuses passed through, ending with the new one; all are written to the history. */
  readonly through: readonly [...OrderStatus[], OrderStatus]
  readonly actor: string
  readonly reason?: string
  /** Whether somebody still has to act for the order after this move. */
  readonly workLeft: boolean
  readonly set?: Partial<Pick<OrderRow, 'currency' | 'totalCents' | 'rejection'>>
}

/** Queries over orders, their lines and their history. */
export class OrderRepository extends SqlRepository<typeof orderTable> {
  readonly #database: PostgresDatabase

  constructor(database: PostgresDatabase) {
    super(database, orderTable)
    this.#database = database
  }

  /** The PENDING order, its lines and the first entry of its history. */
  async insertPending(order: NewOrder, tx: SqlTransaction): Promise<void> {
    const { graceSeconds, expirySeconds } = order
    await tx.drizzle.insert(orderTable).values({
      id: order.id,
      userId: order.userId,
      status: 'PENDING',
      nextRunAt: sql`now() + make_interval(secs => ${graceSeconds})`,
      expiresAt: sql`now() + make_interval(secs => ${expirySeconds})`,
    })
    await tx.drizzle
      .insert(orderLineTable)
      .values(order.lines.map((line, index) => ({ orderId: order.id, lineNumber: index + 1, ...line })))
    await tx.drizzle.insert(orderHistoryTable).values({ orderId: order.id, toStatus: 'PENDING', actor: `user:${order.userId}` })
  }

  /** Compare-and-set on status and version. Undefined when somebody else moved the order first. */
  async move(move: Move, tx: SqlTransaction): Promise<OrderRow | undefined> {
    const { order, through, actor, reason, workLeft, set } = move
    const [moved] = await tx.drizzle
      .update(orderTable)
      .set({
        ...set,
        status: through.at(-1) ?? order.status,
        version: order.version + 1,
        updatedAt: sql`now()`,
        attempts: 0,
        lastError: null,
        leaseUntil: null,
        nextRunAt: workLeft ? sql`now()` : null,
      })
      .where(and(eq(orderTable.id, order.id), eq(orderTable.status, order.status), eq(orderTable.version, order.version)))
      .returning()
    if (moved === undefined) return undefined
    await tx.drizzle.insert(orderHistoryTable).values(
      through.map((toStatus, index) => ({
        orderId: order.id,
        fromStatus: index === 0 ? order.status : through[index - 1],
        toStatus,
        actor,
        reason: reason ?? null,
      })),
    )
    return moved
  }

  /** Writes the price snapshots of the hold to the lines. */
  async priceLines(orderId: string, lines: readonly HoldLine[], tx: SqlTransaction): Promise<void> {
    const rows = JSON.stringify(lines.map(({ sku, name, unitPriceCents }) => ({ sku, name, unitPriceCents })))
    await tx.drizzle.execute(sql`
      update order_lines set name = priced.name, unit_price_cents = priced."unitPriceCents"
      from jsonb_to_recordset(${rows}::jsonb) as priced(sku text, name text, "unitPriceCents" bigint)
      where order_lines.order_id = ${orderId} and order_lines.sku = priced.sku`)
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

  /** Leases up to `limit` due orders to the caller; two callers never get the same one while the lease lasts. */
  async claimDue(limit: number, leaseSeconds: number): Promise<ClaimedOrder[]> {
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

  /** Gives a claimed order back, to be tried again after a growing, jittered pause. */
  async postpone(order: OrderRow, lastError: string): Promise<void> {
    const pauseSeconds = Math.min(30, 0.25 * 2 ** Math.min(order.attempts, 10)) * (0.5 + Math.random() / 2)
    await this.db()
      .update(orderTable)
      .set({
        attempts: order.attempts + 1,
        lastError,
        leaseUntil: null,
        nextRunAt: sql`now() + make_interval(secs => ${pauseSeconds})`,
      })
      .where(and(eq(orderTable.id, order.id), eq(orderTable.version, order.version)))
  }

  /** Nothing is left to do for this state of the order. */
  async settle(order: Pick<OrderRow, 'id' | 'version'>): Promise<void> {
    await this.db()
      .update(orderTable)
      .set({ nextRunAt: null, leaseUntil: null, attempts: 0, lastError: null })
      .where(and(eq(orderTable.id, order.id), eq(orderTable.version, order.version)))
  }
}

export interface ClaimedOrder {
  readonly order: OrderRow
  /** By the clock of the database. */
  readonly expired: boolean
}
