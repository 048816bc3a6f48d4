import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import type { Subscriber } from '@polystore/contracts'
import type { PostgresDatabase } from '@polystore/db-core/sql'
import type { Claim, ClaimOptions, Delivery, OutboxDepth, OutboxStore, PostponedDelivery } from '../outbox/outbox-store.ts'
import { toEvent } from '../outbox/to-event.ts'
import { outboxTable, soon } from './event-tables.ts'

interface DeliveryRow extends Record<string, unknown> {
  readonly id: string
  readonly event_id: string
  readonly type: string
  readonly subject: string
  readonly sequence: number
  readonly data: unknown
  readonly traceparent: string | null
  readonly created_at: Date
  readonly refusals: number
}

interface DepthRow extends Record<string, unknown> {
  readonly subscriber: Subscriber
  readonly waiting: number
  readonly oldest: number
}

/**
 * Has the claim walk the primary key until it has enough. The planner knows little of a table that is empty at one moment and full at the
 * next: it would sort the whole backlog for every claim.
 */
const inIndexOrder = sql.raw(`select set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true),
  set_config('enable_seqscan', 'off', true)`)

/** Claims by `FOR UPDATE SKIP LOCKED`: relays take turns without waiting for each other, and no order of ids or times is relied on. */
export class PostgresOutbox implements OutboxStore {
  readonly #database: PostgresDatabase
  readonly #source: string

  constructor(database: PostgresDatabase, source: string) {
    this.#database = database
    this.#source = source
  }

  async claim({ subscriber, limit, leaseMs }: ClaimOptions): Promise<Claim> {
    const lease = randomUUID()
    const rows = await this.#database.transaction(async (tx) => {
      await tx.execute(inIndexOrder)
      return await tx.execute<DeliveryRow>(sql`
        with due as materialized (
          select id from ${outboxTable} delivery
          where subscriber = ${subscriber} and next_attempt_at <= ${soon}
            and id = (
              select lowest.id from ${outboxTable} lowest
              where lowest.subscriber = delivery.subscriber and lowest.subject = delivery.subject
              order by lowest.sequence limit 1
            )
          order by id
          limit ${limit}
          for update skip locked
        )
        update ${outboxTable} claimed set lease = ${lease}, next_attempt_at = now() + ${leaseMs} * interval '1 millisecond'
        from due where claimed.id = due.id
        returning claimed.id, event_id, type, subject, sequence, data, traceparent, created_at, refusals`)
    })
    return { lease, deliveries: rows.map((row) => this.#toDelivery(row)).toSorted((a, b) => Number(a.id) - Number(b.id)) }
  }

  async remove(ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.#database.affected(sql`delete from ${outboxTable} where id = any(${sql.param(ids)}::bigint[])`)
  }

  async postpone(lease: string, deliveries: readonly PostponedDelivery[], reason: string): Promise<void> {
    const ids = sql.param(deliveries.map(({ id }) => id))
    const pauses = sql.param(deliveries.map(({ pauseMs }) => pauseMs))
    await this.#database.affected(sql`
      update ${outboxTable} refused
      set lease = null, refusals = refusals + 1, last_error = ${reason},
        next_attempt_at = now() + pause_ms * interval '1 millisecond'
      from unnest(${ids}::bigint[], ${pauses}::bigint[]) as given (id, pause_ms)
      where refused.id = given.id and lease = ${lease}`)
  }

  async release(lease: string, ids: readonly string[]): Promise<void> {
    await this.#database.affected(sql`
      update ${outboxTable} set lease = null, next_attempt_at = now()
      where id = any(${sql.param(ids)}::bigint[]) and lease = ${lease}`)
  }

  async depth(): Promise<ReadonlyMap<Subscriber, OutboxDepth>> {
    const rows = await this.#database.execute<DepthRow>(sql`
      select subscriber, count(*)::integer as waiting, extract(epoch from now() - min(created_at))::float8 as oldest
      from ${outboxTable} group by subscriber`)
    return new Map(rows.map(({ subscriber, waiting, oldest }) => [subscriber, { waiting, oldestSeconds: Math.max(0, oldest) }]))
  }

  #toDelivery(row: DeliveryRow): Delivery {
    const { event_id: eventId, created_at: createdAt, ...rest } = row
    return { id: row.id, refusals: row.refusals, event: toEvent({ ...rest, eventId, createdAt }, this.#source) }
  }
}
