import { sql, type SQL } from 'drizzle-orm'
import type { PostgresDatabase } from '@polystore/db-core/sql'
import { z } from 'zod'
import { orderChange, type OrderChange } from './order-change.ts'

/** What one look at the end of the history saw. */
export interface Glimpse {
  /** Every transaction below it had ended when the look was taken. */
  readonly endedBelow: bigint
  /** No transaction from here on had written anything when the look was taken; 0 when the look saw nothing. */
  readonly begunBelow: bigint
  /** Greatest id that was seen; undefined when there was none after the given one. */
  readonly lastId: number | undefined
  /** True when there may be more than were read. */
  readonly isFull: boolean
  readonly changes: readonly OrderChange[]
}

const whole = z.string().transform(Number)
const glimpse = z.object({
  ended_below: z.string().transform(BigInt),
  begun_below: z.string().transform(BigInt),
  last_id: whole.nullable(),
  scanned: whole,
  changes: z.string().transform((text) => z.array(orderChange).parse(JSON.parse(text))),
})

/** Seconds: longer than the database lets a transaction of this service live. */
const overlapSeconds = 30

const change: SQL = sql`jsonb_build_object('id', h.id, 'orderId', h.order_id, 'userId', o.user_id, 'fromStatus', h.from_status,
  'toStatus', h.to_status, 'actor', h.actor, 'reason', h.reason, 'at', h.at)`

/**
 * The next transaction id, by taking it: `pg_snapshot_xmax` is one past the last transaction that has *ended*, and others may have begun
 * above it and hold smaller ids of rows than those that are seen.
 */
const nextTransaction: SQL = sql`pg_current_xact_id()::text`

/** Reads the history of orders as a stream of changes. */
export class OrderChangeRepository {
  readonly #database: PostgresDatabase

  constructor(database: PostgresDatabase) {
    this.#database = database
  }

  /** The next changes after an id, of which those of the named users are given; all of one snapshot. */
  async look({ afterId, userIds, limit }: { afterId: number; userIds: readonly string[]; limit: number }): Promise<Glimpse> {
    const [row] = await this.#database.execute(sql`
      with h as materialized (select * from order_history where id > ${afterId} order by id limit ${limit})
      select pg_snapshot_xmin(snapshot)::text as ended_below, case when exists (select from h) then ${nextTransaction} else '0' end as begun_below,
        (select max(id)::text from h) as last_id, (select count(*)::text from h) as scanned,
        (select coalesce(jsonb_agg(${change} order by h.id), '[]')::text from h join orders o on o.id = h.order_id
          where o.user_id in (select jsonb_array_elements_text(${JSON.stringify(userIds)}::jsonb)::uuid)) as changes
      from pg_current_snapshot() as snapshot`)
    const { ended_below: endedBelow, begun_below: begunBelow, last_id: lastId, scanned, changes } = glimpse.parse(row)
    return { endedBelow, begunBelow, lastId: lastId ?? undefined, isFull: scanned === limit, changes }
  }

  /** The greatest id of the history, 0 for none, with the transactions that may still write smaller ones. */
  async end(): Promise<{ readonly lastId: number; readonly begunBelow: bigint }> {
    const [row] = await this.#database.execute(sql`
      select (select coalesce(max(id), 0)::text from order_history) as last_id, ${nextTransaction} as begun_below`)
    const { last_id: lastId, begun_below: begunBelow } = glimpse.pick({ begun_below: true }).extend({ last_id: whole }).parse(row)
    return { lastId, begunBelow }
  }

  /**
   * Changes of a user's orders since the one named `lastEventId`, and some before it: ids commit in another order than they are
   * given, so that changes with smaller ids may have come after it. The page after `afterId`, by id.
   */
  async replay(options: { userId: string; lastEventId: number; afterId: number; limit: number }): Promise<OrderChange[]> {
    const { userId, lastEventId, afterId, limit } = options
    const [row] = await this.#database.execute(sql`
      with since as (
        select coalesce(
          (select at - make_interval(secs => ${overlapSeconds}) from order_history where id <= ${lastEventId} order by id desc limit 1),
          '-infinity') as at),
      page as (
        select h.*, o.user_id from orders o join order_history h on h.order_id = o.id, since
        where o.user_id = ${userId} and o.updated_at >= since.at and h.at >= since.at and h.id > ${afterId}
        order by h.id limit ${limit})
      select (select coalesce(jsonb_agg(${change} order by h.id), '[]')::text from page h join orders o on o.id = h.order_id) as changes`)
    return glimpse.pick({ changes: true }).parse(row).changes
  }

  /** Ids of a user's changes after an id, at most `limit`, the newest. */
  async idsAfter({ userId, afterId, limit }: { userId: string; afterId: number; limit: number }): Promise<number[]> {
    const rows = await this.#database.execute(sql`
      select h.id::text as last_id from order_history h join orders o on o.id = h.order_id
      where h.id > ${afterId} and o.user_id = ${userId} order by h.id desc limit ${limit}`)
    return rows.map((row) => z.object({ last_id: whole }).parse(row).last_id)
  }
}
