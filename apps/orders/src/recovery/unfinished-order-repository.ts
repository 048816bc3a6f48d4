import { and, asc, inArray, isNotNull, lte, sql, type SQL } from 'drizzle-orm'
import type { PostgresDatabase } from '@polystore/db-core/sql'
import { orderTable } from '../orders/order-table.ts'

/** An order that somebody still has to do something for. */
export type UnfinishedOrder = Awaited<ReturnType<UnfinishedOrderRepository['list']>>[number]

export interface UnfinishedQuery {
  /** Only those whose state has not changed for so long. */
  readonly olderThanSeconds: number
  /** Only these, if any are named. */
  readonly orderIds?: readonly string[]
}

/** Queries of operators over orders that are not finished. */
export class UnfinishedOrderRepository {
  readonly #database: PostgresDatabase

  constructor(database: PostgresDatabase) {
    this.#database = database
  }

  /** At most 1,000, the oldest first. */
  async list(query: UnfinishedQuery) {
    return this.#database.drizzle
      .select({
        id: orderTable.id,
        userId: orderTable.userId,
        status: orderTable.status,
        attempts: orderTable.attempts,
        lastError: orderTable.lastError,
        since: orderTable.updatedAt,
        ageSeconds: sql<number>`extract(epoch from now() - ${orderTable.updatedAt})::int`,
        nextRunAt: orderTable.nextRunAt,
      })
      .from(orderTable)
      .where(matching(query))
      .orderBy(asc(orderTable.updatedAt))
      .limit(1_000)
  }

  /** Makes them due now, as if nothing had failed yet; answers their ids. Whoever holds a lease keeps it until it ends. */
  async redrive(query: UnfinishedQuery): Promise<string[]> {
    const redriven = await this.#database.drizzle
      .update(orderTable)
      .set({ nextRunAt: sql`now()`, attempts: 0 })
      .where(matching(query))
      .returning({ id: orderTable.id })
    return redriven.map(({ id }) => id)
  }
}

function matching({ olderThanSeconds, orderIds = [] }: UnfinishedQuery): SQL | undefined {
  const isNamed = orderIds.length === 0 ? undefined : inArray(orderTable.id, [...orderIds])
  const isOld = lte(orderTable.updatedAt, sql`now() - make_interval(secs => ${olderThanSeconds})`)
  return and(isNotNull(orderTable.nextRunAt), isOld, isNamed)
}
